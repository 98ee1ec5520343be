package import CeleryProtocol
package import Logging
import NIOCore
import NIOPosix
internal import RedisClient
internal import ServiceLifecycle
import Synchronization

/// Celery's broker on Redis: follows events, asks workers, samples queues, and outlives restarts of the server.
package final class RedisBroker: Broker, RemoteControl, TaskPublisher {
    /// Seconds between two `enable_events`, as Flower does.
    private static let enableInterval = 5.0
    private static let watchInterval = 1.0

    private let configuration: RedisBrokerConfiguration
    private let logger: Logger
    private let now: @Sendable () -> Double
    private let aliveWorkers: @Sendable () -> [String]
    private let group: MultiThreadedEventLoopGroup
    private let commands: RedisClient
    private let names: RedisNames
    private let mailbox: ReplyMailbox
    private let sender: CommandSender
    private let tasks: TaskSender
    private let follower: EventFollower
    private let inspector: Inspector
    private let sampler: QueueSampler
    private let board: StatusBoard
    /// Yields whenever the broker is connected anew.
    private let connects: AsyncStream<Void>

    /// Nothing is connected before `run()`.
    ///
    /// - Parameters:
    ///   - sink: takes the events on the connection's own thread.
    ///   - aliveWorkers: node names of the workers that are alive, for knowing when all have answered.
    ///   - seenQueues: queue names seen in events.
    ///   - now: unix seconds.
    package init(
        configuration: RedisBrokerConfiguration, sink: any EventSink,
        aliveWorkers: @escaping @Sendable () -> [String], seenQueues: @escaping @Sendable () -> [String],
        logger: Logger, now: @escaping @Sendable () -> Double
    ) {
        self.configuration = configuration
        self.logger = logger
        self.now = now
        self.aliveWorkers = aliveWorkers
        let endpoint = configuration.endpoint
        let names = RedisNames(naming: configuration.naming, database: endpoint.database)
        self.names = names
        let (owner, problem) = ReplyQueueName.load(from: configuration.replyQueueFile)
        if let problem { logger.warning("\(problem)") }

        // Threads of its own: one reads and applies events, the other serves commands and replies.
        group = MultiThreadedEventLoopGroup(numberOfThreads: 2)
        let eventLoop = group.next()
        let commandLoop = group.next()
        let (connects, connect) = AsyncStream.makeStream(of: Void.self, bufferingPolicy: .bufferingNewest(1))
        self.connects = connects
        let board = StatusBoard(url: endpoint.maskedURL, logger: logger, now: now) { connect.yield() }
        self.board = board
        commands = RedisClient(endpoint: endpoint, group: commandLoop) { board.commandsChanged(to: $0) }
        mailbox = ReplyMailbox(
            client: RedisClient(endpoint: endpoint, group: commandLoop), list: names.replyList(of: owner))
        let clock = LogicalClock()
        sender = CommandSender(
            commands: commands, mailbox: mailbox, names: names, owner: owner, configuration: configuration,
            clock: clock, alive: aliveWorkers, now: now)
        follower = EventFollower(
            endpoint: endpoint, patterns: names.eventPatterns, group: eventLoop, sink: sink,
            overruns: OverrunCounter(commands: commands), now: now
        ) { board.eventsChanged(to: $0) }
        inspector = Inspector(
            control: sender, maximumWorkers: configuration.maximumWorkers,
            retention: configuration.inspectionRetention, now: now)
        let inspector = inspector
        tasks = TaskSender(
            commands: commands, names: names, isPassive: configuration.isPassive,
            defaultQueue: configuration.defaultQueue, origin: .current, clock: clock,
            declaredQueues: { Array(inspector.declaredQueues) }, now: now)
        sampler = QueueSampler(
            commands: commands, names: names, configuration: configuration, inspector: inspector, alive: aliveWorkers,
            seenQueues: seenQueues, now: now)
    }

    package var status: BrokerStatus { board.status }

    package var commandCounts: CommandCounts { sender.counts }

    package var inspectionUse: InspectionUse { inspector.use }

    package func queueSample() -> QueueSample { sampler.sample }

    package func inspections() -> [String: WorkerInspection] { inspector.inspections }

    package func refreshInspections(worker: String?) async throws { try await inspector.refresh(worker: worker) }

    package func broadcast(
        _ request: ControlRequest, timeout: Double?
    ) async throws(ControlError) -> ControlOutcome {
        try await sender.broadcast(request, timeout: timeout)
    }

    @discardableResult
    package func post(_ request: ControlRequest) async throws(ControlError) -> Int { try await sender.post(request) }

    package func publish(_ task: OutgoingTask) async throws(PublishError) -> PublishedTask {
        try await tasks.publish(task)
    }

    package func queuedTask(_ id: String, likelyIn likely: [String]) async -> QueueSearchOutcome {
        let others = sampler.sample.queues.filter { $0.messages > 0 && !likely.contains($0.name) }.map(\.name)
        do throws(RedisError) {
            return try await QueueSearch(commands: commands, names: names).find(id, in: likely + others)
        } catch {
            return .incomplete(error.message)
        }
    }

    /// Runs until cancelled or shut down gracefully, then removes our reply queue from the broker.
    package func run() async throws {
        await cancelWhenGracefulShutdown {
            await withTaskCancellationHandler {
                await self.runParts()
            } onCancel: {
                self.inspector.cancelRuns()
            }
        }
        if !configuration.isPassive {
            do {
                try await sender.removeReplyQueue()
            } catch {
                logger.warning("The reply queue stays at the broker until the next start: \(error)")
            }
        }
        commands.close()
        try await group.shutdownGracefully()
    }

    private func runParts() async {
        await withTaskGroup { group in
            group.addTask { await self.commands.run() }
            group.addTask { await self.follower.run() }
            group.addTask { await self.mailbox.run() }
            group.addTask { await self.sampler.run() }
            group.addTask { await self.greet() }
            group.addTask { await self.watch() }
            group.addTask { await self.enableEvents() }
        }
    }

    /// After each connecting: removes what a crash left, makes all workers show up, asks them about themselves.
    private func greet() async {
        var isFirst = true
        for await _ in connects {
            await checkVersion()
            guard !configuration.isPassive else { continue }
            do {
                if isFirst {
                    try await sender.removeReplyQueue()
                    isFirst = false
                }
                try await sender.post(ControlRequest("heartbeat"))
                if configuration.enablesEvents { try await sender.post(ControlRequest("enable_events")) }
                try await inspector.refresh(worker: nil)
            } catch {
                logger.debug("Greeting the workers did not succeed: \(error)")
            }
        }
    }

    private func checkVersion() async {
        // A user without the right to INFO is no problem.
        guard let information = try? await commands.send(RedisCommand("INFO", "server")).text,
            let version = ServerVersion(information: information), version < .oldestSupported
        else { return }
        logger.warning(
            "This Redis has version \(version); \(ServerVersion.oldestSupported) is the oldest with all that is needed."
        )
    }

    private func enableEvents() async {
        guard configuration.enablesEvents, !configuration.isPassive else { return }
        while !Task.isCancelled {
            try? await Task.sleep(for: .seconds(Self.enableInterval))
            // A failure shows in the status; the next round tries again.
            _ = try? await sender.post(ControlRequest("enable_events"))
        }
    }

    /// Once a second: asks new workers, and suspects a silent subscription.
    private func watch() async {
        var silence = SilenceWatch()
        let mayAsk = !configuration.isPassive
        while !Task.isCancelled {
            try? await Task.sleep(for: .seconds(Self.watchInterval))
            let isConnected = status.isConnected
            let alive = aliveWorkers()
            await inspector.tick(alive: alive, mayAsk: mayAsk && isConnected)
            guard isConnected else { continue }
            let action = silence.tick(
                now: now(), lastEvent: follower.lastEvent, anyAlive: !alive.isEmpty, mayAsk: mayAsk)
            switch action {
            case .none: break
            case .probe:
                if let receivers = try? await sender.post(ControlRequest("heartbeat")) {
                    silence.probed(at: now(), receivers: receivers)
                }
            case .deaf(let since):
                logger.warning("No event came although workers are connected; subscribing anew.")
                follower.declareDeaf(since: since)
            }
        }
    }
}
