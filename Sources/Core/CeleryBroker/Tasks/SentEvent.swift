internal import CeleryProtocol
import FoundationEssentials

/// The `task-sent` event that Celery's clients with `task_send_sent_event` publish, so that all monitors know the task and
/// its queue before a worker has it.
struct SentEvent {
    static let routingKey = "task.sent"

    /// Members that are in the task's headers, by their names there.
    private static let headers = [
        ("root_id", "root_id"), ("parent_id", "parent_id"), ("name", "task"), ("args", "argsrepr"),
        ("kwargs", "kwargsrepr"), ("retries", "retries"), ("eta", "eta"), ("expires", "expires"),
    ]

    var message: TaskMessage
    /// nil when an exchange brought the task to several queues, or to none.
    var queue: String?
    var exchange: String
    var taskRoutingKey: String
    var sender: TaskOrigin
    var clock: Int64
    /// Unix seconds.
    var time: Double

    func payload(exchange eventExchange: String, deliveryTag: String) -> [UInt8] {
        var members: [(key: String, value: JSONValue)] = [
            ("hostname", .string(sender.name)), ("utcoffset", .int(0)), ("pid", .int(Int64(sender.processID))),
            ("clock", .int(clock)), ("uuid", .string(message.id)),
        ]
        for (key, header) in Self.headers { members.append((key, message.headers[header] ?? .null)) }
        members.append(("queue", queue.map(JSONValue.string) ?? .null))
        members.append(("exchange", .string(exchange)))
        members.append(("routing_key", .string(taskRoutingKey)))
        members.append(("timestamp", .double(time)))
        members.append(("type", .string("task-sent")))
        let body = JSONValue.object(members).serialized(escapesEndTags: false)
        return JSONValue.object([
            ("body", .string(Data(body).base64EncodedString())),
            ("content-encoding", .string("utf-8")),
            ("content-type", .string("application/json")),
            ("headers", .object([("hostname", .string(sender.name))])),
            (
                "properties",
                .object([
                    ("delivery_mode", .int(1)),
                    (
                        "delivery_info",
                        .object([
                            ("exchange", .string(eventExchange)), ("routing_key", .string(Self.routingKey)),
                        ])
                    ),
                    ("priority", .int(0)), ("body_encoding", .string("base64")), ("delivery_tag", .string(deliveryTag)),
                ])
            ),
        ]).serialized(escapesEndTags: false)
    }
}

/// Who sends tasks: this process under the name that Celery's clients give themselves, `gen<pid>@<host>`.
struct TaskOrigin {
    var processID: Int32
    var host: String

    var name: String { "gen\(processID)@\(host)" }

    static var current: TaskOrigin {
        let process = ProcessInfo.processInfo
        return TaskOrigin(processID: process.processIdentifier, host: process.hostName)
    }
}
