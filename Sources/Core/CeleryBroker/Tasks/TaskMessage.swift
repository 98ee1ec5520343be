internal import CeleryProtocol
import FoundationEssentials

/// A task as the bytes that workers read (message protocol 2): always a complete kombu envelope with an id and a body of
/// three, because workers die of, or choke for ever on, anything less.
struct TaskMessage {
    /// Names that Celery writes into the headers or reads from them as its own.
    static let reservedHeaders: Set<String> = [
        "lang", "task", "id", "shadow", "eta", "expires", "group", "group_index", "group_id", "retries", "timelimit",
        "root_id", "parent_id", "argsrepr", "kwargsrepr", "origin", "ignore_result", "replaced_task_nesting",
        "stamped_headers", "stamps", "compression", "redelivered", "args", "kwargs", "callbacks", "errbacks", "chain",
        "chord", "hostname", "delivery_info", "reply_to", "correlation_id", "properties", "called_directly", "is_eager",
        "utc", "taskset", "headers", "logfile", "loglevel", "children", "method", "clock", "ticket",
    ]
    private static let maximumBytes = 8 << 20
    private static let maximumText = 1024
    private static let centuries = 1e10

    let id: String
    let priority: Int
    let headers: JSONValue
    private let body: [UInt8]
    /// Milliseconds as text, as Celery writes it for `expires` in seconds.
    private let expiration: String?

    /// - Parameters:
    ///   - now: unix seconds.
    ///   - origin: who sends, `gen<pid>@<host>`.
    init(_ task: OutgoingTask, now: Double, origin: String) throws(PublishError) {
        id = try Self.text(task.id ?? UUID().uuidString.lowercased(), "task_id")
        priority = task.priority ?? 0
        guard (0...255).contains(priority) else { throw .invalid("priority is \(priority); it can be 0 to 255.") }
        guard (0...Int(Int32.max)).contains(task.retries) else {
            throw .invalid("retries is \(task.retries); it is a number that is not negative.")
        }
        try Self.checkNumbers(.array(task.arguments), "args")
        try Self.checkNumbers(.object(task.keywordArguments), "kwargs")

        let rootID = try task.rootID.map { text throws(PublishError) in try Self.text(text, "root_id") } ?? id
        let parentID = try task.parentID.map { text throws(PublishError) in try Self.text(text, "parent_id") }
        let members: [(key: String, value: JSONValue)] = [
            ("lang", .string("py")),
            ("task", .string(try Self.text(task.name, "the task's name"))),
            ("id", .string(id)),
            ("shadow", task.shadow.map(JSONValue.string) ?? .null),
            ("eta", try Self.eta(task, now: now)),
            ("expires", try Self.expires(task, now: now)),
            ("group", .null),
            ("group_index", .null),
            ("retries", .int(Int64(task.retries))),
            (
                "timelimit",
                .array([
                    try Self.limit(task.timeLimit, "time_limit"), try Self.limit(task.softTimeLimit, "soft_time_limit"),
                ])
            ),
            ("root_id", .string(rootID)),
            ("parent_id", parentID.map(JSONValue.string) ?? .null),
            ("argsrepr", .string(Self.shortened(PythonLiteral.tuple(task.arguments)))),
            ("kwargsrepr", .string(Self.shortened(PythonLiteral.dictionary(task.keywordArguments)))),
            ("origin", .string(origin)),
            ("ignore_result", .bool(task.ignoresResult)),
            ("replaced_task_nesting", .int(0)),
            ("stamped_headers", .null),
            ("stamps", .object([])),
        ]
        headers = .object(members + (try Self.ownHeaders(task.headers)))
        let embedded = JSONValue.object([
            ("callbacks", .null), ("errbacks", .null), ("chain", .null), ("chord", .null),
        ])
        body = JSONValue.array([.array(task.arguments), .object(task.keywordArguments), embedded])
            .serialized(escapesEndTags: false)
        guard body.count <= Self.maximumBytes else {
            throw .invalid("args and kwargs have \(body.count) bytes; at most \(Self.maximumBytes) are sent.")
        }
        if case .after(let seconds)? = task.expires, seconds > 0 {
            expiration = String(Int64((seconds * 1000).rounded()))
        } else {
            expiration = nil
        }
    }

    /// The message for a list or a channel.
    func payload(exchange: String, routingKey: String, deliveryTag: String) -> [UInt8] {
        var properties: [(key: String, value: JSONValue)] = [
            ("correlation_id", .string(id)),
            ("reply_to", .string("")),
            ("delivery_mode", .int(2)),
            (
                "delivery_info",
                .object([("exchange", .string(exchange)), ("routing_key", .string(routingKey))])
            ),
            ("priority", .int(Int64(priority))),
            ("body_encoding", .string("base64")),
            ("delivery_tag", .string(deliveryTag)),
        ]
        if let expiration { properties.insert(("expiration", .string(expiration)), at: 3) }
        return JSONValue.object([
            ("body", .string(Data(body).base64EncodedString())),
            ("content-encoding", .string("utf-8")),
            ("content-type", .string("application/json")),
            ("headers", headers),
            ("properties", .object(properties)),
        ]).serialized(escapesEndTags: false)
    }

    private static func text(_ text: String, _ field: String) throws(PublishError) -> String {
        guard !text.isEmpty, text.utf8.count <= maximumText else {
            throw .invalid("\(field) has \(text.utf8.count) bytes; it can have 1 to \(maximumText).")
        }
        return text
    }

    /// A worker drops a message whose ETA it cannot read, without a trace.
    private static func eta(_ task: OutgoingTask, now: Double) throws(PublishError) -> JSONValue {
        switch (task.eta, task.countdown) {
        case (nil, nil): return .null
        case (.some, .some): throw .invalid("eta and countdown are both given; one of them says when the task runs.")
        case (let eta?, nil): return try time(eta, "eta")
        case (nil, let countdown?):
            guard abs(countdown) <= centuries else { throw .invalid("countdown is no number of seconds from now.") }
            return try time(now + countdown, "countdown")
        }
    }

    private static func expires(_ task: OutgoingTask, now: Double) throws(PublishError) -> JSONValue {
        switch task.expires {
        case nil: return .null
        case .at(let time)?: return try Self.time(time, "expires")
        case .after(let seconds)?:
            guard abs(seconds) <= centuries else { throw .invalid("expires is no number of seconds from now.") }
            return try time(now + seconds, "expires")
        }
    }

    private static func time(_ time: Double, _ field: String) throws(PublishError) -> JSONValue {
        guard let text = CeleryTime.text(time) else { throw .invalid("\(field) is no time that Python can hold.") }
        return .string(text)
    }

    private static func limit(_ limit: Double?, _ field: String) throws(PublishError) -> JSONValue {
        guard let limit else { return .null }
        guard limit > 0, limit <= centuries else { throw .invalid("\(field) is not a positive number of seconds.") }
        return limit == limit.rounded() ? .int(Int64(limit)) : .double(limit)
    }

    private static func ownHeaders(
        _ headers: [(key: String, value: JSONValue)]
    ) throws(PublishError) -> [(key: String, value: JSONValue)] {
        var seen: Set<String> = []
        for header in headers {
            guard !reservedHeaders.contains(header.key) else {
                throw .invalid("headers has '\(header.key)', which Celery uses itself.")
            }
            guard seen.insert(try text(header.key, "a name in headers")).inserted else {
                throw .invalid("headers has '\(header.key.prefix(100))' twice.")
            }
        }
        try checkNumbers(.object(headers), "headers")
        return headers
    }

    /// JSON has no NaN and no infinity; a null in their place would be another argument than was asked for.
    private static func checkNumbers(_ value: JSONValue, _ field: String) throws(PublishError) {
        switch value {
        case .double(let number) where !number.isFinite:
            throw .invalid("\(field) has a number that is not finite (NaN or Infinity).")
        case .array(let elements):
            for element in elements { try checkNumbers(element, field) }
        case .object(let members):
            for member in members { try checkNumbers(member.value, field) }
        default: break
        }
    }

    /// Cut as Celery cuts it.
    private static func shortened(_ text: String) -> String {
        text.unicodeScalars.count <= maximumText ? text : String(text.unicodeScalars.prefix(maximumText)) + "..."
    }
}
