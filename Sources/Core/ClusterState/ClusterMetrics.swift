package import CeleryProtocol

/// Everything counted since start, as plain values for `/metrics`. Each list is bounded.
package struct ClusterMetrics: Sendable {
    /// `flower_events_total`: task events by worker (publishers share one bounded label), type and task name.
    package struct EventCount: Sendable {
        package var worker: String, type: String, task: String
        package var count: UInt64
        package var created: Double

        package init(worker: String, type: String, task: String, count: UInt64, created: Double) {
            self.worker = worker
            self.type = type
            self.task = task
            self.count = count
            self.created = created
        }
    }
    /// `flower_task_runtime_seconds`: `buckets[i]` counts runtimes ≤ bound i and above bound i − 1; the last is +Inf.
    package struct RuntimeHistogram: Sendable {
        package var worker: String, task: String
        package var buckets: [UInt64]
        package var sum: Double
        package var created: Double

        package init(worker: String, task: String, buckets: [UInt64], sum: Double, created: Double) {
            self.worker = worker
            self.task = task
            self.buckets = buckets
            self.sum = sum
            self.created = created
        }
    }
    /// `flower_task_prefetch_time_seconds` and `flower_worker_prefetched_tasks`.
    package struct Prefetch: Sendable {
        package var worker: String, task: String
        package var seconds: Double
        package var tasks: Int

        package init(worker: String, task: String, seconds: Double, tasks: Int) {
            self.worker = worker
            self.task = task
            self.seconds = seconds
            self.tasks = tasks
        }
    }
    /// `celery_tasks_total{name,state}`: states entered. Never falls.
    package struct StateCount: Sendable {
        package var name: String, state: String
        package var count: UInt64

        package init(name: String, state: String, count: UInt64) {
            self.name = name
            self.state = state
            self.count = count
        }
    }

    package var events: [EventCount] = []
    /// Upper bounds of the runtime histogram without +Inf.
    package var runtimeBounds: [Double] = []
    package var runtimes: [RuntimeHistogram] = []
    package var prefetches: [Prefetch] = []
    package var statesEntered: [StateCount] = []

    package init() {}
}

/// How following the events goes.
package struct IngestStatus: Sendable {
    /// Unix seconds of the last event taken; nil before the first.
    package var lastEventAt: Double?
    /// Seconds from an event's own timestamp to its being applied, of the last batch.
    package var lagSeconds: Double = 0
    package var eventsByType: [String: UInt64] = [:]
    /// Events or fields that could not be used, by reason (a bounded set).
    package var lostByReason: [String: UInt64] = [:]
    /// The newest gaps, oldest first, at most 100.
    package var gaps: [EventGap] = []
    /// Gaps begun since start; never falls.
    package var gapsByReason: [EventGap.Reason: UInt64] = [:]
    /// The first payload or member that was lost for each reason, at most 512 bytes of it.
    package var samples: [String: [UInt8]] = [:]
    /// Events that came twice and were counted once.
    package var duplicates: UInt64 = 0
    package var stateBytes: Int = 0
    /// Tasks and workers in memory.
    package var tasks = 0
    package var workers = 0
    package var evictions: UInt64 = 0
    /// How often the state was held for more than a millisecond, by events or by answers, and the longest hold in seconds.
    package var longHolds: UInt64 = 0
    package var longestHold = 0.0

    package init() {}
}
