import CeleryProtocol
import Foundation
import Testing

@testable import CeleryBroker

@Suite("Control messages, compared with what Celery's own client sent") struct ControlMessageTests {
    private let names = RedisNames(naming: CeleryNaming(), database: 0)

    /// Requests with a pattern, or with a destination that is no array, cannot be built here at all.
    private static func buildable() throws -> [CapturedExchange] {
        try CapturedExchange.all().filter { exchange in
            guard exchange.body["pattern"] == .null, exchange.body["matcher"] == .null else { return false }
            switch exchange.body["destination"] {
            case .null?, .array?: return true
            default: return false
            }
        }
    }

    @Test("The same request gives the same bytes", arguments: try ControlMessageTests.buildable())
    func sameBytes(exchange: CapturedExchange) throws {
        let envelope = try JSONValue(parsing: exchange.payload)
        guard case .string(let method)? = exchange.body["method"],
            case .object(let arguments)? = exchange.body["arguments"],
            case .int(let clock)? = envelope["headers"]?["clock"],
            case .string(let tag)? = envelope["properties"]?["delivery_tag"]
        else {
            Issue.record("the capture lacks a member")
            return
        }
        var destination: [String]?
        if case .array(let nodes)? = exchange.body["destination"] {
            destination = nodes.compactMap { if case .string(let name) = $0 { name } else { nil } }
        }
        var reply: ControlMessage.ReplyAddress?
        if case .string(let ticket)? = exchange.body["ticket"],
            case .string(let owner)? = exchange.body["reply_to"]?["routing_key"]
        {
            reply = .init(ticket: ticket, owner: owner)
        }
        let expires: Double
        switch envelope["headers"]?["expires"] {
        case .double(let value)?: expires = value
        default: expires = 0
        }
        let message = ControlMessage(
            request: ControlRequest(method, arguments: arguments, destination: destination), reply: reply,
            clock: clock, expires: expires, deliveryTag: tag)
        let ours = message.payload(names: names)
        if envelope["headers"]?["expires"] == .int(0) {
            #expect(try JSONValue(parsing: ours)["body"] == envelope["body"])
        } else {
            #expect(String(decoding: ours, as: UTF8.self) == String(decoding: exchange.payload, as: UTF8.self))
        }
        #expect(exchange.channel == names.controlChannel)
    }

    @Test("A reply is read as its worker meant it", arguments: try CapturedExchange.all())
    func readsReplies(exchange: CapturedExchange) throws {
        for captured in exchange.replies {
            let reply = try #require(ControlReply(payload: captured.payload))
            #expect(reply.problem == nil)
            let answers = JSONValue.object(reply.answers.map { ($0.worker, $0.value) })
            #expect(answers == captured.body)
            if case .string(let ticket)? = exchange.body["ticket"] { #expect(reply.ticket == ticket) }
        }
    }

    @Test("Text from outside stays inside its JSON string")
    func escapes() throws {
        let hostile = "\"}, {\"x\": \u{0}\n\u{1f600}"
        let request = ControlRequest(
            "rate_limit", arguments: [("task_name", .string(hostile))], destination: [hostile])
        let message = ControlMessage(request: request, reply: nil, clock: 1, expires: 2, deliveryTag: "t")
        let envelope = try JSONValue(parsing: message.payload(names: names))
        guard case .string(let text)? = envelope["body"], let bytes = Data(base64Encoded: text) else {
            Issue.record("no base64 body")
            return
        }
        let body = try JSONValue(parsing: Array(bytes))
        #expect(body["arguments"]?["task_name"] == .string(hostile))
        #expect(body["destination"] == .array([.string(hostile)]))
        #expect(body["reply_to"] == nil)
    }

    @Test(
        "An odd reply is told, not trusted",
        arguments: [
            (#"[]"#, nil as String?), (#"not json"#, nil),
            (#"{"headers": {"ticket": "t"}}"#, "no body"),
            (
                #"{"body": "x", "content-type": "application/x-python-serialize", "headers": {"ticket": "t"}}"#,
                "pickled"
            ),
            (
                #"{"body": "WzFd", "content-type": "application/json", "properties": {"body_encoding": "base64"}}"#,
                "no object"
            ),
            (#"{"body": "{", "content-type": "application/json", "properties": {}}"#, "cannot be read"),
        ])
    func oddReplies(payload: String, problem: String?) {
        let reply = ControlReply(payload: Array(payload.utf8))
        if let problem {
            #expect(reply?.problem?.contains(problem) == true)
            #expect(reply?.answers.isEmpty == true)
        } else {
            #expect(reply == nil)
        }
    }
}
