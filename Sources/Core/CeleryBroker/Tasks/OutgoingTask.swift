package import CeleryProtocol

/// A task to be sent, with what Celery's `apply_async` takes. Times are in seconds.
///
/// Where it goes: `queue` alone names the list; `exchange` with `routingKey` is resolved through the bindings that workers
/// have declared; neither means the default queue.
package struct OutgoingTask: Sendable {
    package enum Expiry: Sendable, Equatable {
        /// Seconds from now.
        case after(Double)
        /// Unix seconds.
        case at(Double)
    }

    package var name: String
    /// Any non-empty text; nil makes a new one.
    package var id: String?
    package var arguments: [JSONValue]
    package var keywordArguments: [(key: String, value: JSONValue)]
    package var queue: String?
    package var exchange: String?
    package var routingKey: String?
    /// On Redis 0 is served first and 9 last.
    package var priority: Int?
    /// Unix seconds.
    package var eta: Double?
    /// Seconds from now; not together with `eta`.
    package var countdown: Double?
    package var expires: Expiry?
    /// Headers of the sender's own; names that Celery uses itself are refused.
    package var headers: [(key: String, value: JSONValue)]
    /// nil: the task is the first of its tree.
    package var rootID: String?
    package var parentID: String?
    /// Seconds after which the worker kills the task.
    package var timeLimit: Double?
    /// Seconds after which the task gets an exception that it can catch.
    package var softTimeLimit: Double?
    package var retries: Int
    /// A name to show instead of the task's own.
    package var shadow: String?
    package var ignoresResult: Bool

    package init(
        name: String, id: String? = nil, arguments: [JSONValue] = [],
        keywordArguments: [(key: String, value: JSONValue)] = [], queue: String? = nil, exchange: String? = nil,
        routingKey: String? = nil, priority: Int? = nil, eta: Double? = nil, countdown: Double? = nil,
        expires: Expiry? = nil, headers: [(key: String, value: JSONValue)] = [], rootID: String? = nil,
        parentID: String? = nil, timeLimit: Double? = nil, softTimeLimit: Double? = nil, retries: Int = 0,
        shadow: String? = nil, ignoresResult: Bool = false
    ) {
        self.name = name
        self.id = id
        self.arguments = arguments
        self.keywordArguments = keywordArguments
        self.queue = queue
        self.exchange = exchange
        self.routingKey = routingKey
        self.priority = priority
        self.eta = eta
        self.countdown = countdown
        self.expires = expires
        self.headers = headers
        self.rootID = rootID
        self.parentID = parentID
        self.timeLimit = timeLimit
        self.softTimeLimit = softTimeLimit
        self.retries = retries
        self.shadow = shadow
        self.ignoresResult = ignoresResult
    }
}
