/// What is kept, at most.
package struct ClusterLimits: Sendable {
    package var tasks: Int
    package var workers: Int
    /// Bytes for rows, indexes and texts together.
    package var memory: Int
    /// Bytes that the whole process may have resident: the state takes what the rest leaves. nil is no such limit.
    package var process: Int?
    /// A longer args, kwargs, result, exception or traceback is cut to this many bytes.
    package var textBytes: Int
    /// Upper bounds of the runtime histogram, ascending, without +Inf.
    package var runtimeBounds: [Double]
    /// Hide workers offline for this many seconds from lists and metrics; nil keeps them.
    package var purgeOfflineWorkers: Double?

    package init(
        tasks: Int = 100_000, workers: Int = 5000, memory: Int = 512 << 20, process: Int? = nil,
        textBytes: Int = 65_536,
        runtimeBounds: [Double] = [
            0.005, 0.01, 0.025, 0.05, 0.075, 0.1, 0.25, 0.5, 0.75, 1, 2.5, 5, 7.5, 10,
        ],
        purgeOfflineWorkers: Double? = nil
    ) {
        self.tasks = tasks
        self.workers = workers
        self.memory = memory
        self.process = process
        self.textBytes = textBytes
        self.runtimeBounds = runtimeBounds
        self.purgeOfflineWorkers = purgeOfflineWorkers
    }
}
