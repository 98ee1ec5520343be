import CeleryProtocol
import Foundation
import NIOPosix
import RedisClient
import RedisTestServer
import Testing

@testable import CeleryBroker

@Suite("Sending tasks on a real Redis", .timeLimit(.minutes(2))) struct TaskSendingTests {
    private func connected(
        _ server: RedisTestServer, change: (inout RedisBrokerConfiguration) -> Void = { _ in }
    ) async throws -> (RunningBroker, RedisConnection) {
        let running = RunningBroker(server.unix, change: change)
        try await eventually("connected") { running.broker.status.isConnected }
        return (running, try await RedisConnection.connect(to: server.unix, on: MultiThreadedEventLoopGroup.singleton))
    }

    @Test("A task lies on its queue's list for its priority, under the key prefix")
    func lists() async throws {
        let server = try await RedisTestServer()
        let (running, connection) = try await connected(server) { $0.naming.globalKeyPrefix = "p:" }
        let published = try await running.broker.publish(OutgoingTask(name: "t", id: "mine", queue: "q", priority: 7))
        #expect(published == PublishedTask(id: "mine", queues: ["q"]))
        #expect(try await connection.send(RedisCommand("LLEN", "p:q\u{6}\u{16}6")) == .integer(1))
        _ = try await running.broker.publish(OutgoingTask(name: "t"))
        #expect(try await connection.send(RedisCommand("LLEN", "p:celery")) == .integer(1))
        try await running.stop()
        connection.close()
    }

    @Test("An exchange brings a task to every queue that is bound, and to none is an error")
    func exchanges() async throws {
        let server = try await RedisTestServer()
        let (running, connection) = try await connected(server)
        for member in ["media.#\u{6}\u{16}^media$\u{6}\u{16}all", "media.video\u{6}\u{16}\u{6}\u{16}video"] {
            _ = try await connection.send(RedisCommand("SADD", "_kombu.binding.media", member))
        }
        let published = try await running.broker.publish(
            OutgoingTask(name: "t", exchange: "media", routingKey: "media.video"))
        #expect(published.queues == ["all", "video"])
        #expect(try await connection.send(RedisCommand("LLEN", "video")) == .integer(1))
        await #expect(throws: PublishError.self) {
            try await running.broker.publish(OutgoingTask(name: "t", exchange: "media", routingKey: "audio"))
        }
        #expect(try await connection.send(RedisCommand("LLEN", "all")) == .integer(1))
        try await running.stop()
        connection.close()
    }

    @Test(
        "Lists and exchanges of another use take no task",
        arguments: [
            OutgoingTask(name: "t", queue: "w1@h.celery.pidbox"), OutgoingTask(name: "t", queue: "celeryev.1"),
            OutgoingTask(name: "t", exchange: "celery.pidbox", routingKey: "x"),
            OutgoingTask(name: "t", exchange: "celeryev", routingKey: "worker.online"),
            OutgoingTask(name: "t", queue: "ahash"),
        ])
    func otherUses(_ task: OutgoingTask) async throws {
        let server = try await RedisTestServer()
        let (running, connection) = try await connected(server)
        _ = try await connection.send(RedisCommand("HSET", "ahash", "a", "b"))
        await #expect(throws: PublishError.self) { try await running.broker.publish(task) }
        let lists = try await connection.send(RedisCommand("SCAN", "0", "TYPE", "list", "COUNT", "1000"))
        #expect(lists.elements?.last == .array([]))
        try await running.stop()
        connection.close()
    }

    @Test("A passive monitor sends none, and one without a broker says why")
    func refusals() async throws {
        let server = try await RedisTestServer()
        let (running, connection) = try await connected(server) { $0.isPassive = true }
        await #expect(throws: PublishError.passive) { try await running.broker.publish(OutgoingTask(name: "t")) }
        try await running.stop()
        connection.close()

        let (other, _) = try await connected(server)
        server.kill()
        try await eventually("away") { !other.broker.status.isConnected }
        let error = await #expect(throws: PublishError.self) {
            try await other.broker.publish(OutgoingTask(name: "t"))
        }
        guard case .unavailable(let reason)? = error else {
            Issue.record("not unavailable: \(String(describing: error))")
            return
        }
        #expect(reason.contains(server.socketPath))
        try await server.start()
        try await eventually("back") { other.broker.status.isConnected }
        _ = try await other.broker.publish(OutgoingTask(name: "t"))
        try await other.stop()
    }
}

@Suite("The event of a sent task", .timeLimit(.minutes(2))) struct SentEventTests {
    /// The first `task-sent` of the recorded traffic, as Celery's own client published it.
    @Test("Has the members that Celery's own has, in its order and types")
    func form() throws {
        let task = OutgoingTask(
            name: "demo.add", id: "77dd6edb", arguments: [.int(2), .int(3)], queue: "celery", priority: 3)
        let message = try TaskMessage(task, now: 1000, origin: "gen1@h")
        let event = SentEvent(
            message: message, queue: "celery", exchange: "", taskRoutingKey: "celery",
            sender: TaskOrigin(processID: 1, host: "h"), clock: 4, time: 1000.5)
        let envelope = try JSONValue(parsing: event.payload(exchange: "celeryev", deliveryTag: "tag"))
        #expect(envelope["headers"]?["hostname"] == .string("gen1@h"))
        #expect(envelope["properties"]?["delivery_info"]?["routing_key"] == .string("task.sent"))
        let text = try #require(envelope["body"]?.string)
        let body = try #require(Data(base64Encoded: text))
        #expect(
            String(decoding: body, as: UTF8.self) == """
                {"hostname": "gen1@h", "utcoffset": 0, "pid": 1, "clock": 4, "uuid": "77dd6edb", "root_id": "77dd6edb", \
                "parent_id": null, "name": "demo.add", "args": "(2, 3)", "kwargs": "{}", "retries": 0, "eta": null, \
                "expires": null, "queue": "celery", "exchange": "", "routing_key": "celery", "timestamp": 1000.5, \
                "type": "task-sent"}
                """)
    }

    @Test("Is heard on the channel of the events, wherever the task went, and not when nothing was sent")
    func published() async throws {
        let server = try await RedisTestServer()
        let running = RunningBroker(server.unix) { $0.naming.eventExchange = "own" }
        try await eventually("connected") { running.broker.status.isConnected }
        let connection = try await RedisConnection.connect(to: server.unix, on: MultiThreadedEventLoopGroup.singleton)
        _ = try await connection.send(RedisCommand("SADD", "_kombu.binding.media", "a\u{6}\u{16}\u{6}\u{16}video"))
        _ = try? await running.broker.publish(OutgoingTask(name: "t", id: "lost", exchange: "media", routingKey: "b"))
        _ = try await running.broker.publish(OutgoingTask(name: "t", id: "one", queue: "q"))
        _ = try await running.broker.publish(OutgoingTask(name: "t", id: "two", exchange: "media", routingKey: "a"))
        try await eventually("both are heard") { running.sink.payloads.count == 2 }
        #expect(try running.sink.payloads.map(event).map { $0["uuid"] } == [.string("one"), .string("two")])
        #expect(try running.sink.payloads.map(event).map { $0["queue"] } == [.string("q"), .string("video")])
        try await running.stop()
        connection.close()
    }

    private func event(_ payload: [UInt8]) throws -> JSONValue {
        let text = try #require(try JSONValue(parsing: payload)["body"]?.string)
        return try JSONValue(parsing: Array(try #require(Data(base64Encoded: text))))
    }
}
