package import CeleryProtocol
package import ServiceLifecycle

/// A message broker that Celery uses: its events, its remote control and its queues.
///
/// As a service it follows events until it is cancelled or shut down gracefully. Everything that reads is answered from
/// what was last seen, at once; only `refreshInspections` waits for workers.
package protocol Broker: Service {
    /// Whether the broker answers, and since when.
    var status: BrokerStatus { get }

    /// The last sample of the queue depths; sampled on an interval, never per call.
    func queueSample() -> QueueSample

    /// Commands to workers since the start.
    var commandCounts: CommandCounts { get }

    /// What the answers of inspection take.
    var inspectionUse: InspectionUse { get }

    /// What remote inspection last brought, by hostname.
    func inspections() -> [String: WorkerInspection]

    /// Asks all workers (`stats active_queues registered conf`), or one (also `scheduled active reserved revoked`), and
    /// returns when all known-alive ones answered or the inspect time-out passed. Concurrent calls share one run.
    func refreshInspections(worker: String?) async throws
}

extension Broker {
    package var commandCounts: CommandCounts { CommandCounts() }
    package var inspectionUse: InspectionUse { InspectionUse() }
}

/// What the answers of remote inspection take in memory.
package struct InspectionUse: Sendable, Equatable {
    package var workers = 0
    /// About.
    package var bytes = 0
    /// Answers that were given up, the oldest first, because there were too many.
    package var forgotten: UInt64 = 0

    package init() {}
}

/// Whether the broker answers.
package struct BrokerStatus: Sendable, Equatable {
    /// The broker's URL with its password masked as `**`.
    package var url: String
    package var isConnected: Bool
    /// Unix seconds since when `isConnected` has its value.
    package var since: Double
    /// Why it is not connected, one sentence.
    package var problem: String?
    /// Unix seconds of the next attempt while not connected.
    package var nextAttempt: Double?

    package init(
        url: String, isConnected: Bool, since: Double, problem: String? = nil, nextAttempt: Double? = nil
    ) {
        self.url = url
        self.isConnected = isConnected
        self.since = since
        self.problem = problem
        self.nextAttempt = nextAttempt
    }
}

/// One queue's depth.
package struct QueueDepth: Sendable, Equatable {
    package var name: String
    /// Messages waiting, all priority steps together; unacknowledged ones are not in it.
    package var messages: Int
    /// Node names of the workers that consume it, as far as inspection told.
    package var consumers: [String]

    package init(name: String, messages: Int, consumers: [String] = []) {
        self.name = name
        self.messages = messages
        self.consumers = consumers
    }
}

/// Queue depths at one moment.
package struct QueueSample: Sendable, Equatable {
    /// Sorted by name.
    package var queues: [QueueDepth]
    /// Messages fetched by workers and not acknowledged, all queues together; nil when not known.
    package var unacknowledged: Int?
    /// Unix seconds; nil before the first sample.
    package var takenAt: Double?
    /// Why the newest attempt failed; `queues` are then the last that were seen.
    package var problem: String?

    package init(queues: [QueueDepth] = [], unacknowledged: Int? = nil, takenAt: Double? = nil, problem: String? = nil)
    {
        self.queues = queues
        self.unacknowledged = unacknowledged
        self.takenAt = takenAt
        self.problem = problem
    }
}

/// What one worker answered to remote inspection; nil where it was not asked or did not answer.
package struct WorkerInspection: Sendable, Equatable {
    package var stats: JSONValue?
    package var activeQueues: JSONValue?
    package var registered: JSONValue?
    package var conf: JSONValue?
    package var active: JSONValue?
    package var scheduled: JSONValue?
    package var reserved: JSONValue?
    package var revoked: JSONValue?
    /// Unix seconds of the newest answer.
    package var timestamp: Double

    package init(timestamp: Double) { self.timestamp = timestamp }

    /// Bytes in memory, about.
    var bytes: Int {
        [stats, activeQueues, registered, conf, active, scheduled, reserved, revoked]
            .reduce(MemoryLayout<Self>.stride) { $0 + ($1?.bytes ?? 0) }
    }
}
