internal import CeleryProtocol
import FoundationEssentials

/// A control request as the bytes that workers read: always a complete kombu envelope with a complete body.
struct ControlMessage {
    /// Where replies go: `ticket` comes back in their header, `owner` is the routing key of our reply queue.
    struct ReplyAddress {
        var ticket: String
        var owner: String
    }

    var request: ControlRequest
    var reply: ReplyAddress?
    var clock: Int64
    /// Unix seconds.
    var expires: Double
    var deliveryTag: String

    func payload(names: RedisNames) -> [UInt8] {
        var body: [(key: String, value: JSONValue)] = [
            ("method", .string(request.method)),
            ("arguments", .object(request.arguments)),
            ("destination", request.destination.map { .array($0.map(JSONValue.string)) } ?? .null),
            ("pattern", .null),
            ("matcher", .null),
        ]
        if let reply {
            body.append(("ticket", .string(reply.ticket)))
            body.append(
                (
                    "reply_to",
                    .object([
                        ("exchange", .string(names.replyExchange)), ("routing_key", .string(reply.owner)),
                    ])
                ))
        }
        let bodyBytes = JSONValue.object(body).serialized(escapesEndTags: false)
        let envelope = JSONValue.object([
            ("body", .string(Data(bodyBytes).base64EncodedString())),
            ("content-encoding", .string("utf-8")),
            ("content-type", .string("application/json")),
            ("headers", .object([("clock", .int(clock)), ("expires", .double(expires))])),
            (
                "properties",
                .object([
                    ("delivery_mode", .int(2)),
                    (
                        "delivery_info",
                        .object([("exchange", .string(names.controlExchange)), ("routing_key", .string(""))])
                    ),
                    ("priority", .int(0)),
                    ("body_encoding", .string("base64")),
                    ("delivery_tag", .string(deliveryTag)),
                ])
            ),
        ])
        return envelope.serialized(escapesEndTags: false)
    }

    /// A fresh ticket, delivery tag or queue owner.
    static func makeID() -> String { UUID().uuidString.lowercased() }
}
