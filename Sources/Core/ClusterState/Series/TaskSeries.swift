/// `flower_events_total`: how many, and since when.
struct EventSeries: BitwiseCopyable {
    var count: UInt64
    var created: Double
}

/// What is counted by worker and task name: runtimes and prefetched tasks.
struct WorkerTaskSeries: BitwiseCopyable {
    /// One count a bucket, the last is +Inf; nil before the first runtime.
    var buckets: UnsafeMutablePointer<UInt64>?
    var sum = 0.0
    var created = 0.0
    var hasPrefetch = false
    var prefetched = 0
    /// Seconds between received and started of the task that started last; 0 once it has ended.
    var prefetchSeconds = 0.0
}

/// `celery_tasks_total`: how often tasks of one name entered each state of Celery's, by state number.
struct EnteredSeries: BitwiseCopyable {
    var counts = SIMD8<UInt64>(repeating: 0)
}
