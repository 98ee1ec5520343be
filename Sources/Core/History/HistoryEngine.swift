package import CeleryProtocol
package import ClusterState

/// Where history is kept. Every call blocks and belongs on a thread of one's own; writing is for one thread, reading for
/// any.
package protocol HistoryEngine: Sendable {
    /// One transaction, all or nothing.
    func write(_ batch: HistoryBatch) throws(HistoryError)

    /// Some of the work that may wait (index, retention), at most about 50 ms of it; false when nothing is left.
    func tend(at now: Double) throws(HistoryError) -> Bool

    /// What is stored. Cheap.
    func size() throws(HistoryError) -> HistorySize

    func tasks(_ query: TaskQuery, at now: Double) throws(HistoryError) -> HistoryPage
    func task(_ uuid: String) throws(HistoryError) -> HistoryTask?
    func children(of uuid: String, limit: Int) throws(HistoryError) -> [String]
    func rates(from start: Double, to end: Double) throws(HistoryError) -> [TaskRate]
    func queueDepths(from start: Double, to end: Double) throws(HistoryError) -> [QueueDepthSample]
    func workers(from start: Double, to end: Double) throws(HistoryError) -> [WorkerLifetime]
    func gaps(from start: Double, to end: Double) throws(HistoryError) -> [EventGap]
}

package struct HistorySize: Sendable, Equatable {
    package var tasks = 0
    /// Tasks, texts and indexes on disk.
    package var bytes = 0
    package var unindexed = 0

    package init(tasks: Int = 0, bytes: Int = 0, unindexed: Int = 0) {
        self.tasks = tasks
        self.bytes = bytes
        self.unindexed = unindexed
    }
}
