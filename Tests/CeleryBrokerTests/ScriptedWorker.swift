import CeleryProtocol
import Foundation
import NIOCore
import NIOPosix
import RedisClient
import Synchronization

/// Speaks to Redis as a Celery worker does: hears commands on the control channel, routes replies through the binding
/// table, sends events. What it answers is what the test says.
final class ScriptedWorker: Sendable {
    let name: String
    private let commands: RedisConnection
    private let subscription: RedisSubscription
    private let inbox: Inbox

    /// - Parameters:
    ///   - answers: by method; a method that is not in it gets no answer.
    init(_ name: String, at endpoint: RedisEndpoint, answers: [String: JSONValue]) async throws {
        self.name = name
        let group = MultiThreadedEventLoopGroup.singleton
        commands = try await RedisConnection.connect(to: endpoint, on: group)
        let (requests, request) = AsyncStream.makeStream(of: JSONValue.self)
        inbox = Inbox(request)
        subscription = try await RedisSubscription.subscribe(
            to: ["/0.celery.pidbox"], at: endpoint, on: group, receiver: inbox)
        let commands = commands
        Task {
            for await request in requests {
                try await Self.answer(request, as: name, answers: answers, over: commands)
            }
        }
    }

    /// Methods heard so far, in order.
    var heard: [String] { inbox.methods }

    func sendHeartbeat() async throws {
        let event = #"{"hostname": "\#(name)", "type": "worker-heartbeat", "freq": 2.0, "clock": 1, "timestamp": 1.0}"#
        _ = try await commands.send(
            RedisCommand(
                "PUBLISH", "/0.celeryev/worker.heartbeat", Self.envelope(Array(event.utf8), headers: .object([]))))
    }

    func leave() {
        subscription.close()
        commands.close()
    }

    private static func answer(
        _ request: JSONValue, as name: String, answers: [String: JSONValue], over commands: RedisConnection
    ) async throws {
        guard case .string(let method)? = request["method"], let answer = answers[method],
            case .string(let owner)? = request["reply_to"]?["routing_key"],
            case .string(let exchange)? = request["reply_to"]?["exchange"]
        else { return }
        if case .array(let nodes)? = request["destination"], !nodes.contains(.string(name)) { return }
        let body = JSONValue.object([(name, answer)]).serialized()
        let reply = envelope(
            body, headers: .object([("ticket", request["ticket"] ?? .null), ("clock", .int(1))]))
        let bindings = try await commands.send(RedisCommand("SMEMBERS", "_kombu.binding.\(exchange)"))
        for member in bindings.elements?.compactMap(\.text) ?? [] {
            let parts = member.split(separator: "\u{6}\u{16}", omittingEmptySubsequences: false)
            guard parts.count == 3, parts[0] == owner else { continue }
            _ = try await commands.send(RedisCommand("LPUSH", String(parts[2]), reply))
        }
    }

    private static func envelope(_ body: [UInt8], headers: JSONValue) -> String {
        let envelope = JSONValue.object([
            ("body", .string(Data(body).base64EncodedString())), ("content-encoding", .string("utf-8")),
            ("content-type", .string("application/json")), ("headers", headers),
            ("properties", .object([("body_encoding", .string("base64"))])),
        ])
        return String(decoding: envelope.serialized(), as: UTF8.self)
    }

    private final class Inbox: RedisMessageReceiver {
        private let request: AsyncStream<JSONValue>.Continuation
        private let kept = Mutex<[String]>([])

        init(_ request: AsyncStream<JSONValue>.Continuation) { self.request = request }

        var methods: [String] { kept.withLock { $0 } }

        func receive(_ body: (_ take: (UnsafeRawBufferPointer) -> Void) -> Int) {
            _ = body { payload in
                guard let envelope = try? JSONValue(parsing: payload), case .string(let text)? = envelope["body"],
                    let bytes = Data(base64Encoded: text), let body = try? JSONValue(parsing: Array(bytes)),
                    case .string(let method)? = body["method"]
                else { return }
                kept.withLock { $0.append(method) }
                request.yield(body)
            }
        }
    }
}
