/// One worker as its events tell: the last heartbeat's fields and what was counted.
package struct WorkerSnapshot: Sendable, Equatable {
    package var hostname: String
    package var pid: Int64?
    /// Seconds between heartbeats as the worker announced, 60 when it never did (Celery's default).
    package var frequency: Double
    /// Local receive times of at most the last four heartbeats; emptied by worker-offline.
    package var heartbeats: [Double]
    package var clock: Int64?
    package var active: Int64?
    package var processed: Int64?
    package var loadAverage: [Double]?
    package var softwareIdentity: String?
    package var softwareVersion: String?
    package var softwareSystem: String?
    /// Celery's rule: the last heartbeat is younger than 2 × frequency.
    package var isAlive: Bool
    /// Local receive time of the last heartbeat ever, also after worker-offline.
    package var lastHeartbeat: Double?
    /// Events by type, `worker-*` and `task-*`, since start.
    package var eventCounts: [String: UInt64]
    /// Grows with every change of this worker.
    package var revision: UInt64

    package init(hostname: String) {
        self.hostname = hostname
        frequency = 60
        heartbeats = []
        isAlive = false
        eventCounts = [:]
        revision = 0
    }
}
