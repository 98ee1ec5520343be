import NIOCore
internal import RedisClient
import Synchronization

/// Samples the depths of all known queues on an interval, in one round trip.
final class QueueSampler: Sendable {
    /// Seconds between two looks at the binding tables.
    private static let discoveryInterval = 30.0

    private let commands: RedisClient
    private let names: RedisNames
    private let configuration: RedisBrokerConfiguration
    private let inspector: Inspector
    private let alive: @Sendable () -> [String]
    private let seenQueues: @Sendable () -> [String]
    private let now: @Sendable () -> Double
    private let shared = Mutex(QueueSample())

    init(
        commands: RedisClient, names: RedisNames, configuration: RedisBrokerConfiguration, inspector: Inspector,
        alive: @escaping @Sendable () -> [String], seenQueues: @escaping @Sendable () -> [String],
        now: @escaping @Sendable () -> Double
    ) {
        self.commands = commands
        self.names = names
        self.configuration = configuration
        self.inspector = inspector
        self.alive = alive
        self.seenQueues = seenQueues
        self.now = now
    }

    var sample: QueueSample { shared.withLock { $0 } }

    /// Samples until cancelled.
    func run() async {
        var sweep = BindingSweep(names: names)
        var nextSweep = 0.0
        while !Task.isCancelled {
            var pause = configuration.queueInterval
            do throws(RedisError) {
                if now() >= nextSweep {
                    try await sweep.advance(commands)
                    nextSweep = now() + Self.discoveryInterval
                }
                try await take(queues: known(bound: sweep.queues))
            } catch {
                shared.withLock { $0.problem = error.message }
                // While there is no connection yet, the first sample should follow it closely.
                if error.kind == .notConnected { pause = 0.1 }
            }
            try? await Task.sleep(for: .seconds(pause))
        }
    }

    private func known(bound: Set<String>) -> [String] {
        let discovery = QueueDiscovery(naming: names.naming)
        var queues = bound.union(inspector.queueNames).union(configuration.queues)
        queues.formUnion(seenQueues())
        queues = queues.filter(discovery.isTaskQueue)
        return queues.isEmpty ? [configuration.defaultQueue] : queues.sorted()
    }

    private func take(queues known: [String]) async throws(RedisError) {
        let queues = known.prefix(QueueDiscovery.maximumQueues)
        let lists = queues.map { names.lists(of: $0) }
        let replies = try await commands.send(
            lists.joined().map { RedisCommand("LLEN", $0) } + [RedisCommand("HLEN", names.unacked)])
        let consumers = inspector.consumers(alive: Set(alive()))
        var sample = QueueSample()
        var problem: String?
        var index = 0
        for (queue, lists) in zip(queues, lists) {
            let lengths = replies[index..<index + lists.count]
            index += lists.count
            if let error = lengths.lazy.compactMap(\.errorText).first {
                // A name that is no list is no queue; anything else is worth telling.
                if !error.hasPrefix("WRONGTYPE") { problem = "Redis does not tell queue lengths: \(error.prefix(200))" }
                continue
            }
            let messages = lengths.reduce(0) { $0 + Int($1.integer ?? 0) }
            sample.queues.append(QueueDepth(name: queue, messages: messages, consumers: consumers[queue] ?? []))
        }
        if known.count > queues.count {
            problem = "There are \(known.count) queues; only the first \(queues.count) by name are sampled."
        }
        sample.unacknowledged = replies.last?.integer.map(Int.init)
        sample.takenAt = now()
        sample.problem = problem
        shared.withLock { $0 = sample }
    }
}
