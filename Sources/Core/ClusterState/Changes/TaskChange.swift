/// A task as it is after events changed it, for whoever keeps tasks for longer than memory does.
package struct TaskChange: Sendable, Equatable {
    package var task: TaskSnapshot
    /// The first copy since the task came into memory: what was kept of it before may know more.
    package var isFirst: Bool

    package init(task: TaskSnapshot, isFirst: Bool) {
        self.task = task
        self.isFirst = isFirst
    }
}

/// A change of a task's state at a time that the task itself no longer tells, because the state was entered again or
/// has no time of its own there (custom states).
package struct TaskStep: Sendable, Equatable {
    package var uuid: String
    package var state: TaskState
    /// Unix seconds.
    package var time: Double
    /// Node name of the worker that had the task then.
    package var worker: String?

    package init(uuid: String, state: TaskState, time: Double, worker: String? = nil) {
        self.uuid = uuid
        self.state = state
        self.time = time
        self.worker = worker
    }
}

/// What changed since the last look.
package struct TaskChanges: Sendable {
    package var tasks: [TaskChange] = []
    package var steps: [TaskStep] = []
    /// Changed tasks and steps that had to be let go before anybody took them, since start.
    package var spilled: UInt64 = 0
    /// Changed tasks that wait to be taken.
    package var waiting = 0
    /// Bytes of the tasks' texts, about.
    package var bytes = 0
    /// Tasks wait because there were too many, or because these are so long.
    package var isFull = false

    package init() {}
}
