import CeleryBroker
import CeleryProtocol
import Foundation
import Logging
import RedisClient
import Synchronization

/// A broker that runs until `stop`.
final class RunningBroker: Sendable {
    let broker: RedisBroker
    let sink = RecordingSink()
    private let box: Box
    private let task: Task<Void, any Error>

    init(_ endpoint: RedisEndpoint, change: (inout RedisBrokerConfiguration) -> Void = { _ in }) {
        var configuration = RedisBrokerConfiguration(endpoint: endpoint)
        configuration.queueInterval = 0.1
        // Never reached when the workers answer, however busy the machine is.
        configuration.inspectTimeout = 20
        change(&configuration)
        let box = Box()
        let broker = RedisBroker(
            configuration: configuration, sink: sink, aliveWorkers: { box.alive }, seenQueues: { box.seen },
            logger: Logger(label: "test", factory: { _ in SwiftLogNoOpLogHandler() }),
            now: { Date().timeIntervalSince1970 })
        self.broker = broker
        self.box = box
        task = Task { try await broker.run() }
    }

    private final class Box: Sendable {
        private let lists = Mutex<(alive: [String], seen: [String])>(([], []))
        var alive: [String] {
            get { lists.withLock { $0.alive } }
            set { lists.withLock { $0.alive = newValue } }
        }
        var seen: [String] {
            get { lists.withLock { $0.seen } }
            set { lists.withLock { $0.seen = newValue } }
        }
    }

    func setAlive(_ workers: [String]) { box.alive = workers }

    func setSeenQueues(_ queues: [String]) { box.seen = queues }

    func stop() async throws {
        task.cancel()
        try await task.value
    }
}

struct NotReached: Error, CustomStringConvertible {
    let description: String
}

/// Waits until `condition` holds; for states that nothing announces.
func eventually(_ what: String, _ condition: () async throws -> Bool) async throws {
    for _ in 0..<1500 {
        if try await condition() { return }
        try await Task.sleep(for: .milliseconds(10))
    }
    throw NotReached(description: what)
}
