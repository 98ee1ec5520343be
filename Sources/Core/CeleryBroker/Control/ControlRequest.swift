package import CeleryProtocol

/// A remote control command for workers (Celery's pidbox), typed so that nothing malformed can reach a worker: some
/// malformed control messages kill every worker that reads them. There is no pattern and no matcher for that reason.
package struct ControlRequest: Sendable {
    package var method: String
    /// The handler's keyword arguments; some handlers refuse unknown ones.
    package var arguments: [(key: String, value: JSONValue)]
    /// Full node names; nil is every worker, an empty list is nobody.
    package var destination: [String]?

    package init(_ method: String, arguments: [(key: String, value: JSONValue)] = [], destination: [String]? = nil) {
        self.method = method
        self.arguments = arguments
        self.destination = destination
    }
}

/// What workers answered to a command.
package struct ControlOutcome: Sendable, Equatable {
    package struct Reply: Sendable, Equatable {
        package var worker: String
        /// What the command's handler returned; `{"error": …}` when it raised.
        package var value: JSONValue

        package init(worker: String, value: JSONValue) {
            self.worker = worker
            self.value = value
        }
    }

    /// In order of arrival. Two workers with one name give two replies.
    package var replies: [Reply] = []
    /// Workers that were expected to answer and did not, sorted.
    package var missing: [String] = []
    /// Subscribers that received the command (workers, beat, other monitors).
    package var receivers: Int = 0
    /// Replies that could not be read, as sentences.
    package var problems: [String] = []

    package init() {}
}

/// Why a command could not be sent.
package enum ControlError: Error, Sendable, Equatable, CustomStringConvertible {
    case passive
    case unavailable(String)
    case tooManyCommands

    package var description: String {
        switch self {
        case .passive: "This monitor is passive; it sends no commands to workers."
        case .unavailable(let reason): reason
        case .tooManyCommands: "Too many commands are under way; try again in a moment."
        }
    }
}

/// Remote control of workers.
package protocol RemoteControl: Sendable {
    /// Sends `request` and collects replies until all named (or known-alive) workers answered or `timeout` seconds
    /// (nil: the inspect time-out) passed. A partial answer is an answer.
    func broadcast(_ request: ControlRequest, timeout: Double?) async throws(ControlError) -> ControlOutcome

    /// Sends `request` without asking for replies; returns the number of subscribers that received it.
    @discardableResult
    func post(_ request: ControlRequest) async throws(ControlError) -> Int
}
