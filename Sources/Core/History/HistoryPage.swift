package import ClusterState

/// Tasks out of history, the newest first: by time, then by id, both descending, as the default order of `TaskQuery`.
package struct HistoryPage: Sendable, Equatable {
    package var tasks: [TaskSnapshot]
    /// Where to go on, as `after` of the next question; nil when nothing older matches.
    package var next: TaskPosition?
    /// The search was cut off because it took long: `tasks` holds every match newer than `next`, perhaps none, and the
    /// next question goes on from there.
    package var isCutShort: Bool

    package init(tasks: [TaskSnapshot] = [], next: TaskPosition? = nil, isCutShort: Bool = false) {
        self.tasks = tasks
        self.next = next
        self.isCutShort = isCutShort
    }
}

/// A task out of history with all that is kept of it.
package struct HistoryTask: Sendable, Equatable {
    /// `attempts` are all attempts that ended in RETRY.
    package var task: TaskSnapshot
    /// Earlier times of states that were entered again, and custom states, oldest first.
    package var steps: [TaskStep]

    package init(task: TaskSnapshot, steps: [TaskStep] = []) {
        self.task = task
        self.steps = steps
    }
}
