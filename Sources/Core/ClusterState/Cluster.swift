package import CeleryProtocol

/// What is kept, at most.
package struct ClusterLimits: Sendable {
    package var tasks: Int
    package var workers: Int
    /// Bytes for rows, indexes and texts together.
    package var memory: Int
    /// A longer args, kwargs, result, exception or traceback is cut to this many bytes.
    package var textBytes: Int
    /// Upper bounds of the runtime histogram, ascending, without +Inf.
    package var runtimeBounds: [Double]
    /// Hide workers offline for this many seconds from lists and metrics; nil keeps them.
    package var purgeOfflineWorkers: Double?

    package init(
        tasks: Int = 100_000, workers: Int = 5000, memory: Int = 512 << 20, textBytes: Int = 65_536,
        runtimeBounds: [Double] = [
            0.005, 0.01, 0.025, 0.05, 0.075, 0.1, 0.25, 0.5, 0.75, 1, 2.5, 5, 7.5, 10,
        ],
        purgeOfflineWorkers: Double? = nil
    ) {
        self.tasks = tasks
        self.workers = workers
        self.memory = memory
        self.textBytes = textBytes
        self.runtimeBounds = runtimeBounds
        self.purgeOfflineWorkers = purgeOfflineWorkers
    }
}

/// What is known of one Celery cluster now: workers, tasks and counters, kept up to date from its events.
///
/// All methods may be called from any thread.
package final class Cluster: EventSink {
    package let limits: ClusterLimits

    /// `now` gives unix seconds.
    package init(limits: ClusterLimits = ClusterLimits(), now: @escaping @Sendable () -> Double) {
        self.limits = limits
    }

    package func receive(at receivedAt: Double, _ body: (_ take: (UnsafeRawBufferPointer) -> Void) -> Void) {
        body { _ in }
    }

    package func record(gap: EventGap) {}

    /// Grows with every change of any task or worker.
    package var revision: UInt64 { 0 }
    /// Grows with every change of any worker (heartbeats included).
    package var workersRevision: UInt64 { 0 }

    /// Sorted by hostname.
    package func workers() -> [WorkerSnapshot] { [] }
    package func worker(_ hostname: String) -> WorkerSnapshot? { nil }
    package func task(_ uuid: String) -> TaskSnapshot? { nil }
    package func tasks(_ query: TaskQuery) -> TaskPage { TaskPage() }
    /// Tasks in memory by state name; kept, not counted on request.
    package func taskCounts() -> [String: Int] { [:] }
    /// Task names ever seen, sorted.
    package func taskTypes() -> [String] { [] }
    /// Queue names seen in task-sent events, sorted.
    package func queueNames() -> [String] { [] }
    package func metrics() -> ClusterMetrics { ClusterMetrics() }
    package func ingestStatus() -> IngestStatus { IngestStatus() }
}
