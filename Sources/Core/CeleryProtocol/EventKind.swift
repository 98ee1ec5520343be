package import CEventJSON

/// What kind of event an event is, by its `type`.
package enum EventKind: UInt8, Sendable, CaseIterable {
    /// Any type that is neither `task-…` nor `worker-…`.
    case custom
    case taskSent, taskReceived, taskStarted, taskSucceeded, taskFailed, taskRetried, taskRevoked, taskRejected
    /// `task-` and a word Celery does not know; it makes the custom state of that word in upper case.
    case taskCustom
    case workerOnline, workerHeartbeat, workerOffline
    /// `worker-` and any other word, `worker-elect` and `worker-elect-ack` among them.
    case workerCustom

    package init(_ kind: calyx_event_kind) {
        self = EventKind(rawValue: UInt8(truncatingIfNeeded: kind.rawValue)) ?? .custom
    }

    package var isTask: Bool { rawValue >= EventKind.taskSent.rawValue && rawValue <= EventKind.taskCustom.rawValue }
    package var isWorker: Bool { rawValue >= EventKind.workerOnline.rawValue }

    /// The event's `type`; nil for the kinds that cover many types.
    package var typeName: String? {
        switch self {
        case .custom, .taskCustom, .workerCustom: nil
        case .taskSent: "task-sent"
        case .taskReceived: "task-received"
        case .taskStarted: "task-started"
        case .taskSucceeded: "task-succeeded"
        case .taskFailed: "task-failed"
        case .taskRetried: "task-retried"
        case .taskRevoked: "task-revoked"
        case .taskRejected: "task-rejected"
        case .workerOnline: "worker-online"
        case .workerHeartbeat: "worker-heartbeat"
        case .workerOffline: "worker-offline"
        }
    }
}
