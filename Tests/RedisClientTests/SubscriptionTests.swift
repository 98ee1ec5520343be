import NIOCore
import NIOPosix
import RedisClient
import RedisTestServer
import Testing

@Suite("Subscriptions at a real Redis") struct SubscriptionTests {
    private let group = MultiThreadedEventLoopGroup.singleton

    @Test("Payloads of all patterns come whole, in order, and nothing else", .timeLimit(.minutes(1)))
    func payloads() async throws {
        let server = try await RedisTestServer()
        let collector = MessageCollector()
        let subscription = try await RedisSubscription.subscribe(
            to: ["/0.ev/*", "/0.ev"], at: server.unix, on: group, receiver: collector)
        let connection = try await RedisConnection.connect(to: server.unix, on: group)
        let payloads = (0..<200).map { Array(repeating: UInt8(truncatingIfNeeded: $0), count: $0 * 997) }
        for (index, payload) in payloads.enumerated() {
            var command = RedisCommand("PUBLISH", index % 2 == 0 ? "/0.ev/task.multi" : "/0.ev")
            command.append(payload)
            #expect(try await connection.send(command) == .integer(1))
        }
        #expect(try await connection.send(RedisCommand("PUBLISH", "/1.ev/x", "other")) == .integer(0))
        await collector.wait(for: payloads.count)
        #expect(collector.messages == payloads)
        subscription.close()
        #expect(await subscription.closed().kind == .shutDown)
        connection.close()
    }

    @Test("A hundred thousand messages at full speed are all there", .timeLimit(.minutes(2)))
    func flood() async throws {
        let server = try await RedisTestServer()
        let collector = MessageCollector()
        let subscription = try await RedisSubscription.subscribe(
            to: ["e*"], at: server.tcp, on: group, receiver: collector)
        let connection = try await RedisConnection.connect(to: server.tcp, on: group)
        for batch in 0..<100 {
            _ = try await connection.send(
                (0..<1000).map {
                    RedisCommand("PUBLISH", "e", "\(batch * 1000 + $0)" + String(repeating: "x", count: 200))
                })
        }
        await collector.wait(for: 100_000)
        let numbers = collector.messages.map { $0.prefix { $0 != UInt8(ascii: "x") } }
        #expect(numbers.elementsEqual((0..<100_000).map { Array(String($0).utf8)[...] }))
        subscription.close()
        connection.close()
    }

    @Test("The server's end ends the subscription with a reason", .timeLimit(.minutes(1)))
    func serverEnds() async throws {
        let server = try await RedisTestServer()
        let subscription = try await RedisSubscription.subscribe(
            to: ["a"], at: server.tcp, on: group, receiver: MessageCollector())
        server.kill()
        #expect(await subscription.closed().kind == .closed)
    }

    @Test("A server that hangs is noticed on both kinds of connection within five seconds", .timeLimit(.minutes(1)))
    func hangingServer() async throws {
        let server = try await RedisTestServer()
        let subscription = try await RedisSubscription.subscribe(
            to: ["a"], at: server.tcp, on: group, receiver: MessageCollector())
        let connection = try await RedisConnection.connect(to: server.tcp, on: group)
        let start = ContinuousClock.now
        server.pause()
        async let connectionEnd = connection.closed()
        async let subscriptionEnd = subscription.closed()
        #expect(await connectionEnd.kind == .noAnswer)
        #expect(await subscriptionEnd.kind == .noAnswer)
        // The bound is part of what is promised to operators; a loaded machine may add some.
        #expect(ContinuousClock.now - start < .seconds(8))
        server.resume()
    }

    @Test("A quiet subscription is kept by PINGs and brings what comes later", .timeLimit(.minutes(1)))
    func keepAlive() async throws {
        let server = try await RedisTestServer()
        let collector = MessageCollector()
        let subscription = try await RedisSubscription.subscribe(
            to: ["a"], at: server.tcp, on: group, receiver: collector)
        let connection = try await RedisConnection.connect(to: server.tcp, on: group)
        try await Task.sleep(for: .seconds(6))
        #expect(try await connection.send(RedisCommand("PUBLISH", "a", "late")) == .integer(1))
        await collector.wait(for: 1)
        #expect(collector.messages == [Array("late".utf8)])
        subscription.close()
        connection.close()
    }

    @Test("A subscriber that Redis cuts for being slow ends with a reason", .timeLimit(.minutes(1)))
    func cutByServer() async throws {
        let server = try await RedisTestServer(["--client-output-buffer-limit", "pubsub 64kb 64kb 1"])
        let collector = MessageCollector()
        let subscription = try await RedisSubscription.subscribe(
            to: ["a"], at: server.tcp, on: group, receiver: collector)
        let connection = try await RedisConnection.connect(to: server.tcp, on: group)
        // More than the limit in one message.
        var command = RedisCommand("PUBLISH", "a")
        command.append([UInt8](repeating: 0x61, count: 4 << 20))
        _ = try await connection.send(command)
        #expect(await subscription.closed().kind == .closed)
        #expect(try await connection.send(RedisCommand("PUBLISH", "a", "x")) == .integer(0))
        connection.close()
    }
}
