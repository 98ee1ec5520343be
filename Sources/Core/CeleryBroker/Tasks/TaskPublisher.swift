/// Sends tasks to workers' queues, and finds those that still lie there.
package protocol TaskPublisher: Sendable {
    /// Puts `task` on its queue; it has not run when this returns.
    func publish(_ task: OutgoingTask) async throws(PublishError) -> PublishedTask

    /// Looks for the message of the task `id` in the queues, first in the `likely` ones. Bounded, and changes
    /// nothing.
    func queuedTask(_ id: String, likelyIn likely: [String]) async -> QueueSearchOutcome
}

/// A task that lies on a queue.
package struct PublishedTask: Sendable, Equatable {
    package var id: String
    /// The queues that took it: several when an exchange has several matching bindings. Of a fanout exchange its name.
    package var queues: [String]

    package init(id: String, queues: [String]) {
        self.id = id
        self.queues = queues
    }
}

/// Why a task was not sent.
package enum PublishError: Error, Sendable, Equatable, CustomStringConvertible {
    case passive
    /// The broker does not take it now.
    case unavailable(String)
    /// What was asked would not make a message that workers can run; a sentence that names the field.
    case invalid(String)

    package var description: String {
        switch self {
        case .passive: "This monitor is passive; it sends no tasks."
        case .unavailable(let reason), .invalid(let reason): reason
        }
    }
}
