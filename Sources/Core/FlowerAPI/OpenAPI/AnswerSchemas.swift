internal import CeleryProtocol

/// What answers look like. Objects may carry further members.
enum AnswerSchemas {
    static let all: [(key: String, value: JSONValue)] = [
        ("Problem", problem), ("Done", done), ("Task", task(required: required)),
        ("ListedTask", task(required: required.filter { $0 != "worker" })), ("Worker", worker),
        ("Result", result), ("SentTask", sentTask),
        (
            "TaskTypes",
            JSONSchema.object([("task-types", JSONSchema.list(of: JSONSchema.text))], required: ["task-types"])
        ),
        ("TaskTable", taskTable), ("QueueLengths", queueLengths),
        ("Gaps", gaps), ("Answers", answers),
    ]

    private static let problem = JSONSchema.object(
        [
            ("type", JSONSchema.text), ("title", JSONSchema.text), ("status", JSONSchema.type("integer")),
            ("detail", JSONSchema.text),
        ], required: ["title", "status"])

    private static let answers = JSONSchema.object(
        [
            ("workers", JSONSchema.map(of: JSONSchema.any)), ("missing", JSONSchema.list(of: JSONSchema.text)),
            ("problems", JSONSchema.list(of: JSONSchema.text)),
        ], required: ["workers", "missing"])

    private static let done = JSONSchema.object(
        [
            ("message", JSONSchema.text), ("workers", JSONSchema.map(of: JSONSchema.any)),
            ("missing", JSONSchema.list(of: JSONSchema.text)),
        ], required: ["message"])

    private static let taskMembers: [(key: String, value: JSONValue)] =
        [("uuid", JSONSchema.text), ("state", JSONSchema.text), ("children", JSONSchema.list(of: JSONSchema.text))]
        + [
            "name", "args", "kwargs", "result", "exception", "traceback", "eta", "expires", "worker", "exchange",
            "routing_key", "client", "root", "root_id", "parent", "parent_id",
        ].map { ($0, JSONSchema.textOrNull) }
        + [
            "received", "sent", "started", "rejected", "succeeded", "failed", "retried", "revoked", "timestamp",
            "runtime",
        ].map { ($0, JSONSchema.numberOrNull) }
        + ["retries", "clock"].map { ($0, JSONSchema.integerOrNull) }

    private static let required = taskMembers.map(\.key)

    private static func task(required: [String]) -> JSONValue { JSONSchema.object(taskMembers, required: required) }

    private static let worker = JSONSchema.object(
        [
            ("stats", JSONSchema.map(of: JSONSchema.any)), ("active_queues", JSONSchema.list(of: JSONSchema.any)),
            ("registered", JSONSchema.list(of: JSONSchema.text)), ("conf", JSONSchema.map(of: JSONSchema.any)),
            ("timestamp", JSONSchema.numberOrNull), ("status", JSONSchema.flag), ("inspected", JSONSchema.flag),
        ], required: ["stats", "active_queues", "registered", "conf", "timestamp", "status", "inspected"])

    private static let result = JSONSchema.object(
        [
            ("task-id", JSONSchema.text), ("state", JSONSchema.text), ("result", JSONSchema.any),
            ("traceback", JSONSchema.textOrNull),
        ], required: ["task-id"])

    private static let sentTask = JSONSchema.object(
        [
            ("task-id", JSONSchema.text), ("state", JSONSchema.text),
            ("queues", JSONSchema.list(of: JSONSchema.text)), ("ignored", JSONSchema.list(of: JSONSchema.text)),
        ], required: ["task-id"])

    private static let taskTable = JSONSchema.object(
        [
            ("draw", JSONSchema.type("integer")), ("data", JSONSchema.list(of: JSONSchema.named("Task"))),
            ("recordsTotal", JSONSchema.type("integer")), ("recordsFiltered", JSONSchema.type("integer")),
            ("searchError", JSONSchema.text),
        ], required: ["draw", "data", "recordsTotal", "recordsFiltered"])

    private static let gaps = JSONSchema.object(
        [
            (
                "gaps",
                JSONSchema.list(
                    of: JSONSchema.object(
                        [
                            ("start", JSONSchema.type("number")), ("end", JSONSchema.numberOrNull),
                            ("reason", JSONSchema.choice(EventGap.Reason.allCases.map(\.rawValue))),
                        ], required: ["start", "end", "reason"]))
            ),
            ("total", JSONSchema.type("integer")),
        ], required: ["gaps", "total"])

    private static let queueLengths = JSONSchema.either(
        JSONSchema.map(of: JSONSchema.type("integer")),
        JSONSchema.object(
            [
                (
                    "active_queues",
                    JSONSchema.list(
                        of: JSONSchema.object(
                            [("name", JSONSchema.text), ("messages", JSONSchema.type("integer"))],
                            required: ["name", "messages"]))
                )
            ], required: ["active_queues"]))
}
