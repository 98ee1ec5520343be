package import CeleryProtocol
package import ClusterState

/// What is written in one transaction. Writing the same batch twice leaves the same history as writing it once.
package struct HistoryBatch: Sendable {
    package var tasks: [TaskChange] = []
    package var steps: [TaskStep] = []
    package var workers: [WorkerLifetime] = []
    package var gaps: [EventGap] = []
    package var rates: [TaskRate] = []
    package var queues: [QueueDepthSample] = []

    package init() {}

    package var isEmpty: Bool {
        tasks.isEmpty && steps.isEmpty && workers.isEmpty && gaps.isEmpty && rates.isEmpty && queues.isEmpty
    }
}

/// One life of a worker process: from its first sign to its last.
package struct WorkerLifetime: Sendable, Equatable {
    package var hostname: String
    package var pid: Int64
    /// Unix seconds.
    package var firstSeen: Double
    package var lastSeen: Double
    package var software: String?
    /// Tasks that it had finished when it was last seen, by its own count.
    package var processed: Int64?

    package init(
        hostname: String, pid: Int64, firstSeen: Double, lastSeen: Double, software: String? = nil,
        processed: Int64? = nil
    ) {
        self.hostname = hostname
        self.pid = pid
        self.firstSeen = firstSeen
        self.lastSeen = lastSeen
        self.software = software
        self.processed = processed
    }
}

/// How many tasks of a name entered a state within one minute.
package struct TaskRate: Sendable, Equatable {
    package static let seconds = 60.0

    /// Unix seconds of the minute's beginning.
    package var start: Double
    package var name: String
    package var state: String
    /// The whole count of this minute as far as this run of the process knows it: a later value replaces it, those of
    /// other runs are added.
    package var count: UInt64
    /// Unix seconds at which the run began; 0 in answers.
    package var run: Int64

    package init(start: Double, name: String, state: String, count: UInt64, run: Int64 = 0) {
        self.run = run
        self.start = start
        self.name = name
        self.state = state
        self.count = count
    }
}

/// The depth of a queue at the end of a minute, and the highest within it.
package struct QueueDepthSample: Sendable, Equatable {
    /// Unix seconds of the minute's beginning.
    package var start: Double
    package var queue: String
    package var messages: Int
    package var highest: Int

    package init(start: Double, queue: String, messages: Int, highest: Int) {
        self.start = start
        self.queue = queue
        self.messages = messages
        self.highest = highest
    }
}
