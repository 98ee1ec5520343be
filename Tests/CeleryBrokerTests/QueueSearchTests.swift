import CeleryProtocol
import Foundation
import NIOPosix
import RedisClient
import RedisTestServer
import Testing

@testable import CeleryBroker

/// Finding the message of a task that waits, on a real Redis.
@Suite(.timeLimit(.minutes(2))) struct QueueSearchTests {
    private func world() async throws -> (RedisTestServer, RunningBroker, RedisConnection) {
        let server = try await RedisTestServer()
        let running = RunningBroker(server.unix)
        try await eventually("connected") { running.broker.status.isConnected }
        let connection = try await RedisConnection.connect(to: server.unix, on: MultiThreadedEventLoopGroup.singleton)
        return (server, running, connection)
    }

    /// A message as Celery's client wrote it.
    private func captured(_ name: String) throws -> (payload: String, id: String) {
        let file = try #require(Bundle.module.url(forResource: "Messages/\(name)", withExtension: "json"))
        let capture = try JSONValue(parsing: Array(Data(contentsOf: file)))
        guard case .array(let messages)? = capture["messages"] else { throw NotReached(description: name) }
        let payload = try #require(messages.first?["payload"]?.string)
        let envelope = try JSONValue(parsing: payload)
        let id = envelope["headers"]?["id"]?.string ?? envelope["properties"]?["correlation_id"]?.string
        return (payload, try #require(id))
    }

    @Test(
        "Whatever form Celery gave it, a message is found with its arguments",
        arguments: [
            ("plain", "[2, 3]"), ("kwargs", "[]"), ("protocol1", nil), ("compression_zlib", nil),
            ("serializer_msgpack", nil), ("unicode", nil),
        ] as [(String, String?)])
    func forms(name: String, arguments: String?) async throws {
        let (server, running, connection) = try await world()
        let (payload, id) = try captured(name)
        _ = try await connection.send(RedisCommand("LPUSH", "celery\u{6}\u{16}6", payload))
        for index in 0..<50 {
            _ = try await running.broker.publish(
                OutgoingTask(name: "other", arguments: [.int(Int64(index))], priority: 6))
        }
        guard case .found(let task) = await running.broker.queuedTask(id, likelyIn: ["celery"]) else {
            Issue.record("not found")
            return
        }
        #expect(task.id == id && task.name.hasPrefix("demo.") && task.queue == "celery")
        if let arguments {
            #expect(String(decoding: JSONValue.array(task.arguments).serialized(), as: UTF8.self) == arguments)
        } else {
            #expect(!task.arguments.isEmpty || !task.keywordArguments.isEmpty)
        }
        #expect(try await connection.send(RedisCommand("LLEN", "celery\u{6}\u{16}6")) == .integer(51))
        #expect(await running.broker.queuedTask("nobody", likelyIn: []) == .absent)
        try await running.stop()
        connection.close()
        withExtendedLifetime(server) {}
    }

    @Test("A pickled message is found and not opened")
    func pickled() async throws {
        let (server, running, connection) = try await world()
        let (payload, id) = try captured("serializer_pickle")
        _ = try await connection.send(RedisCommand("LPUSH", "celery", payload))
        guard case .unreadable(let reason) = await running.broker.queuedTask(id, likelyIn: ["celery"]) else {
            Issue.record("not unreadable")
            return
        }
        #expect(reason.contains("pickle"))
        try await running.stop()
        connection.close()
        withExtendedLifetime(server) {}
    }

    @Test("What a worker has fetched and not acknowledged is found, and so is a task in a queue that nobody named")
    func otherPlaces() async throws {
        let (server, running, connection) = try await world()
        let (payload, id) = try captured("plain")
        _ = try await connection.send(RedisCommand("HSET", "unacked", "tag", "[\(payload), \"\", \"slow\"]"))
        guard case .found(let task) = await running.broker.queuedTask(id, likelyIn: ["celery"]) else {
            Issue.record("not found among the unacknowledged")
            return
        }
        #expect(task.queue == "slow")
        running.setSeenQueues(["elsewhere"])
        let sent = try await running.broker.publish(OutgoingTask(name: "t", id: "žluť 1", queue: "elsewhere"))
        try await eventually("the queue is sampled") {
            running.broker.queueSample().queues.contains { $0.messages == 1 }
        }
        guard case .found(let other) = await running.broker.queuedTask(sent.id, likelyIn: []) else {
            Issue.record("not found in a queue that was not named")
            return
        }
        #expect(other.queue == "elsewhere" && other.name == "t")
        try await running.stop()
        connection.close()
        withExtendedLifetime(server) {}
    }

    @Test("The search ends at its bounds and says so")
    func bounds() async throws {
        let (server, running, connection) = try await world()
        for _ in 0..<30 { _ = try await running.broker.publish(OutgoingTask(name: "t")) }
        let client = RedisClient(endpoint: server.unix, group: MultiThreadedEventLoopGroup.singleton)
        let task = Task { await client.run() }
        try await eventually("connected") { client.isConnected }
        let names = RedisNames(naming: CeleryNaming(), database: 0)
        for limits in [QueueSearch.Limits(messages: 10, page: 4), QueueSearch.Limits(bytes: 5000, page: 4)] {
            let outcome = try await QueueSearch(commands: client, names: names, limits: limits).find(
                "x", in: ["celery"])
            guard case .incomplete(let reason) = outcome else {
                Issue.record("\(outcome)")
                return
            }
            #expect(reason.contains("there are more"))
        }
        task.cancel()
        client.close()
        try await running.stop()
        connection.close()
        withExtendedLifetime(server) {}
    }

    @Test("The part of an id that is searched for is never one that JSON escapes")
    func marks() {
        #expect(QueueSearch.searchableMark(of: "97018609-aa") == Array("97018609-aa".utf8))
        #expect(QueueSearch.searchableMark(of: "é\"abc\\de") == Array("abc".utf8))
        #expect(QueueSearch.searchableMark(of: "é").isEmpty)
    }
}
