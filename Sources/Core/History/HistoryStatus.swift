/// How keeping history goes, for pages, `/readyz` and metrics. Reading it costs nothing.
package struct HistoryStatus: Sendable, Equatable {
    package enum Engine: String, Sendable { case none, sqlite, postgresql }

    package var engine: Engine
    /// The file, or the URL without its password; nil when there is no history.
    package var place: String?
    /// What is wrong now, one sentence: tasks are then kept in memory only. nil while all is well.
    package var problem: String?
    /// Unix seconds since when `problem` is what it is.
    package var since: Double
    /// What people should know though nothing is wrong, e.g. that Flower's file was left alone.
    package var notice: String?
    /// Tasks that changed and are not written yet.
    package var waiting = 0
    /// Unix seconds of the last successful write; nil before the first.
    package var lastWrite: Double?
    /// Seconds that the changes of the last batch had waited at most.
    package var lagSeconds = 0.0
    /// Since start.
    package var tasksWritten: UInt64 = 0
    package var batches: UInt64 = 0
    package var failures: UInt64 = 0
    /// Changes that memory could not keep until they were written.
    package var spilled: UInt64 = 0
    /// The time of the newest task that was stored when the store was opened; ∞ while that is not known.
    package var newestAtOpening = Double.infinity
    /// Tasks stored, and the bytes that everything takes.
    package var tasks = 0
    package var bytes = 0
    /// Tasks whose texts are not in the index yet; they are found nevertheless.
    package var unindexed = 0

    package init(engine: Engine, place: String?, since: Double) {
        self.engine = engine
        self.place = place
        self.since = since
    }

    package var isOn: Bool { engine != .none }
}
