package import ClusterState

/// Tasks beyond memory, to be read. Never waits for the writer; every call has a deadline.
package protocol TaskHistory: Sendable {
    var status: HistoryStatus { get }

    /// Tasks by the filters, the search, the position and the person's scope of `query`; always newest first, whatever `sortKey` says, and
    /// without `offset`. `limit` nil is 1000. Tasks that are in memory, too, are in it as they were last written.
    func tasks(_ query: TaskQuery) async throws(HistoryError) -> HistoryPage

    /// nil when it is not stored.
    func task(_ uuid: String) async throws(HistoryError) -> HistoryTask?

    /// Ids of at most `limit` stored children, the newest first.
    func children(of uuid: String, limit: Int) async throws(HistoryError) -> [String]

    /// Numbers of tasks that entered a state, by minute and name, oldest first.
    func rates(from start: Double, to end: Double) async throws(HistoryError) -> [TaskRate]

    func queueDepths(from start: Double, to end: Double) async throws(HistoryError) -> [QueueDepthSample]

    /// Lifetimes that touch the stretch of time, oldest first.
    func workers(from start: Double, to end: Double) async throws(HistoryError) -> [WorkerLifetime]
}

/// `--persistent=false`.
package struct NoHistory: TaskHistory {
    package init() {}

    package var status: HistoryStatus { HistoryStatus(engine: .none, place: nil, since: 0) }
    package func tasks(_ query: TaskQuery) async throws(HistoryError) -> HistoryPage { HistoryPage() }
    package func task(_ uuid: String) async throws(HistoryError) -> HistoryTask? { nil }
    package func children(of uuid: String, limit: Int) async throws(HistoryError) -> [String] { [] }
    package func rates(from start: Double, to end: Double) async throws(HistoryError) -> [TaskRate] { [] }
    package func queueDepths(from start: Double, to end: Double) async throws(HistoryError) -> [QueueDepthSample] {
        []
    }
    package func workers(from start: Double, to end: Double) async throws(HistoryError) -> [WorkerLifetime] { [] }
}
