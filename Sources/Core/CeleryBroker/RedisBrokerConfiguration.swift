package import RedisClient

/// How to follow one Celery application over Redis.
package struct RedisBrokerConfiguration: Sendable {
    package var endpoint: RedisEndpoint
    package var naming: CeleryNaming
    /// Seconds to wait for workers' answers, Flower's `inspect_timeout` / 1000.
    package var inspectTimeout: Double
    /// Broadcast `enable_events` every 5 s, Flower's `enable_events`.
    package var enablesEvents: Bool
    /// Never send a command to any worker.
    package var isPassive: Bool
    /// Commands to workers per second, at most.
    package var commandRate: Double
    /// Where the name of our reply queue is kept, so that a restart cleans up after a crash; nil makes a new name each
    /// time.
    package var replyQueueFile: String?
    /// `task_default_queue`, shown when no other queue is known.
    package var defaultQueue: String
    /// Queues known from configuration (`task_queues`).
    package var queues: [String]
    /// Seconds between two samples of the queues.
    package var queueInterval: Double
    /// Seconds that the inspection of a dead worker is kept.
    package var inspectionRetention: Double
    /// Workers whose inspection is kept, at most.
    package var maximumWorkers: Int

    package init(
        endpoint: RedisEndpoint, naming: CeleryNaming = CeleryNaming(), inspectTimeout: Double = 1,
        enablesEvents: Bool = true, isPassive: Bool = false, commandRate: Double = 200, replyQueueFile: String? = nil,
        defaultQueue: String = "celery", queues: [String] = [], queueInterval: Double = 2,
        inspectionRetention: Double = 3600, maximumWorkers: Int = 5000
    ) {
        self.endpoint = endpoint
        self.naming = naming
        self.inspectTimeout = inspectTimeout
        self.enablesEvents = enablesEvents
        self.isPassive = isPassive
        self.commandRate = commandRate
        self.replyQueueFile = replyQueueFile
        self.defaultQueue = defaultQueue
        self.queues = queues
        self.queueInterval = queueInterval
        self.inspectionRetention = inspectionRetention
        self.maximumWorkers = maximumWorkers
    }
}
