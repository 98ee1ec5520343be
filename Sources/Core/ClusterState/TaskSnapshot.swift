/// A task's state by Celery's names; unknown `task-x` events make the custom state `X`.
package enum TaskState: Hashable, Sendable {
    case pending, received, started, success, failure, retry, revoked, rejected
    case custom(String)

    package init(name: String) {
        self =
            switch name {
            case "PENDING": .pending
            case "RECEIVED": .received
            case "STARTED": .started
            case "SUCCESS": .success
            case "FAILURE": .failure
            case "RETRY": .retry
            case "REVOKED": .revoked
            case "REJECTED": .rejected
            default: .custom(name)
            }
    }

    package var name: String {
        switch self {
        case .pending: "PENDING"
        case .received: "RECEIVED"
        case .started: "STARTED"
        case .success: "SUCCESS"
        case .failure: "FAILURE"
        case .retry: "RETRY"
        case .revoked: "REVOKED"
        case .rejected: "REJECTED"
        case .custom(let name): name
        }
    }
}

/// One task as known now: Flower's fields and ours. Times are unix seconds in true UTC.
package struct TaskSnapshot: Sendable, Equatable {
    package var uuid: String
    package var name: String?
    package var state: TaskState
    package var received: Double?
    package var sent: Double?
    package var started: Double?
    package var rejected: Double?
    package var succeeded: Double?
    package var failed: Double?
    package var retried: Double?
    package var revoked: Double?
    /// Python reprs as the worker or publisher wrote them, or nil when no event carried them.
    package var args: String?
    package var kwargs: String?
    package var result: String?
    package var exception: String?
    package var traceback: String?
    package var eta: String?
    package var expires: String?
    package var retries: Int?
    /// Node name of the worker that last had the task.
    package var worker: String?
    /// The time of the event that set the state.
    package var timestamp: Double?
    /// Seconds, only after success.
    package var runtime: Double?
    package var exchange: String?
    package var routingKey: String?
    package var queue: String?
    package var clock: Int64?
    /// Node name of the publisher, from task-sent.
    package var client: String?
    package var rootID: String?
    package var parentID: String?
    /// From task-revoked: whether the task was running and was killed, with which signal, or came too late.
    package var isTerminated: Bool?
    package var isExpired: Bool?
    package var signal: String?
    /// Ids of children still in memory, the newest first; at most 10,000 for a single task, 1000 in a page of tasks.
    package var children: [String]
    /// Attempts that ended in RETRY, oldest first, with what each raised: the first one and the newest fifteen.
    package var attempts: [TaskAttempt]
    /// True when a text above was longer than the cap and is cut.
    package var textIsCut: Bool
    /// Grows with every change of this task.
    package var revision: UInt64

    package init(uuid: String, state: TaskState) {
        self.uuid = uuid
        self.state = state
        children = []
        attempts = []
        textIsCut = false
        revision = 0
    }

    /// The exception for people to read. Celery reports a hard time limit or a lost worker as
    /// `ExceptionWithTraceback()`; what happened is then the last line of the traceback.
    package var displayException: String? {
        guard exception == "ExceptionWithTraceback()", let traceback else { return exception }
        let last = traceback.split(whereSeparator: \.isNewline).last { !$0.allSatisfy(\.isWhitespace) }
        return last.map(String.init) ?? exception
    }
}

/// One attempt that ended in RETRY.
package struct TaskAttempt: Sendable, Equatable {
    package var time: Double
    package var exception: String?
    package var traceback: String?
    package var worker: String?

    package init(time: Double, exception: String? = nil, traceback: String? = nil, worker: String? = nil) {
        self.time = time
        self.exception = exception
        self.traceback = traceback
        self.worker = worker
    }
}
