package import ClusterState
package import Logging
internal import ServiceLifecycle
import Synchronization
internal import ThreadPool

/// History at work: one thread writes what changes, a few read. As a service it runs until it is told to stop and then
/// writes what is left.
///
/// Nothing here ever keeps monitoring waiting: while the store cannot be used, tasks stay in memory, `status` says why,
/// and it is tried again.
package final class History: TaskHistory, Service {
    private struct Shared {
        var engine: (any HistoryEngine)?
        var status: HistoryStatus
    }

    private let shared: Mutex<Shared>
    private let writer: Mutex<HistoryWriter>
    private let readers = ThreadPool(name: "history", threads: 3, queueLimit: 128)
    private let now: @Sendable () -> Double
    private let thread = Mutex<WriterThread?>(nil)

    /// Seconds between two batches.
    private static let pause = 0.2
    private static let lastWriteTime = 5.0

    /// - Parameters:
    ///   - status: the engine's kind and place, and what people should know about it.
    ///   - open: opens the store; called again after it failed. Blocks.
    ///   - now: unix seconds.
    package init(
        source: HistorySource, redaction: Redaction, status: HistoryStatus, logger: Logger,
        now: @escaping @Sendable () -> Double,
        open: @escaping @Sendable () throws(HistoryError) -> any HistoryEngine
    ) {
        self.now = now
        shared = Mutex(Shared(engine: nil, status: status))
        writer = Mutex(
            HistoryWriter(
                source: source, redaction: redaction, status: status, logger: logger, now: now, open: open))
    }

    package var status: HistoryStatus { shared.withLock { $0.status } }

    package func run() async throws {
        // The first attempt is made before anybody reads, so that a good store answers from the start.
        let writing = WriterThread(
            name: "history writer", pause: Self.pause, step: { [self] in step() },
            finish: { [self] in writer.withLock { $0.finish() } })
        thread.withLock { $0 = writing }
        try? await gracefulShutdown()
        _ = await readers.run { _ = writing.stop(within: Self.lastWriteTime) }
    }

    /// One step of the writing thread; true when there is more to do at once.
    @discardableResult
    package func step() -> Bool {
        writer.withLock { writer in
            let isMore = writer.step()
            let engine = writer.engine
            let status = writer.status
            shared.withLock {
                $0.engine = engine
                $0.status = status
            }
            return isMore
        }
    }

    package func tasks(_ query: TaskQuery) async throws(HistoryError) -> HistoryPage {
        let moment = now()
        return try await read { engine throws(HistoryError) in try engine.tasks(query, at: moment) }
    }

    package func task(_ uuid: String) async throws(HistoryError) -> HistoryTask? {
        try await read { engine throws(HistoryError) in try engine.task(uuid) }
    }

    package func children(of uuid: String, limit: Int) async throws(HistoryError) -> [String] {
        try await read { engine throws(HistoryError) in try engine.children(of: uuid, limit: limit) }
    }

    package func rates(from start: Double, to end: Double) async throws(HistoryError) -> [TaskRate] {
        try await read { engine throws(HistoryError) in try engine.rates(from: start, to: end) }
    }

    package func queueDepths(from start: Double, to end: Double) async throws(HistoryError) -> [QueueDepthSample] {
        try await read { engine throws(HistoryError) in try engine.queueDepths(from: start, to: end) }
    }

    package func workers(from start: Double, to end: Double) async throws(HistoryError) -> [WorkerLifetime] {
        try await read { engine throws(HistoryError) in try engine.workers(from: start, to: end) }
    }

    private func read<Answer: Sendable>(
        _ body: @escaping @Sendable (any HistoryEngine) throws(HistoryError) -> Answer
    ) async throws(HistoryError) -> Answer {
        let (engine, status) = shared.withLock { ($0.engine, $0.status) }
        guard let engine else {
            throw HistoryError(.unavailable, status.problem ?? "History is being opened.")
        }
        let answer = await readers.run { Result { () throws(HistoryError) in try body(engine) } }
        guard let answer else {
            throw HistoryError(.overloaded, "Too many questions to history are waiting; try again in a moment.")
        }
        return try answer.get()
    }
}
