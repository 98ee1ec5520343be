import CeleryBroker
import CeleryProtocol
import Foundation
import NIOPosix
import RedisClient
import RedisTestServer
import Testing

@Suite("The broker on a real Redis", .timeLimit(.minutes(2))) struct RedisBrokerTests {
    private static let answers: [String: JSONValue] = [
        "ping": .object([("ok", .string("pong"))]),
        "stats": .object([
            ("pid", .int(7)), ("broker", .object([("hostname", .string("h")), ("alternates", .array([]))])),
        ]),
        "active_queues": .array([.object([("name", .string("celery"))]), .object([("name", .string("slow"))])]),
        "registered": .array([.string("demo.add")]),
        "conf": .object([("timezone", .null)]),
        "active": .array([]), "scheduled": .array([]), "reserved": .array([]), "revoked": .array([.string("id")]),
    ]

    private func plain(_ server: RedisTestServer) async throws -> RedisConnection {
        try await RedisConnection.connect(to: server.unix, on: MultiThreadedEventLoopGroup.singleton)
    }

    @Test("Events reach the sink, workers are greeted, asked and listed, and nothing stays behind")
    func wholeRound() async throws {
        let server = try await RedisTestServer()
        let worker = try await ScriptedWorker("w1@h", at: server.unix, answers: Self.answers)
        let running = RunningBroker(server.unix)
        running.setAlive(["w1@h"])
        try await eventually("connected") { running.broker.status.isConnected }
        // The questions of an overview are asked at the same time; their answers come in any order.
        try await eventually("asked") {
            let told = running.broker.inspections()["w1@h"]
            return told?.conf != nil && told?.stats != nil && told?.registered != nil && told?.activeQueues != nil
        }
        try await worker.sendHeartbeat()
        try await eventually("event") { running.sink.payloads.count == 1 }
        #expect(worker.heard.prefix(2) == ["heartbeat", "enable_events"])

        let overview = try #require(running.broker.inspections()["w1@h"])
        #expect(overview.stats?["broker"] == .object([("hostname", .string("h"))]))
        #expect(overview.registered == .array([.string("demo.add")]))
        #expect(overview.revoked == nil)
        try await running.broker.refreshInspections(worker: "w1@h")
        #expect(running.broker.inspections()["w1@h"]?.revoked == .array([.string("id")]))

        let ping = try await running.broker.broadcast(ControlRequest("ping"), timeout: 5)
        #expect(ping.replies.map(\.worker) == ["w1@h"])
        #expect(ping.replies.first?.value == .object([("ok", .string("pong"))]))
        #expect(ping.missing.isEmpty)

        let connection = try await plain(server)
        #expect(try await connection.send(RedisCommand("EXISTS", "_kombu.binding.reply.celery.pidbox")) == .integer(1))
        #expect(try await connection.send(RedisCommand("ZCARD", "_kombu.binding_deadlines")) == .integer(1))
        try await running.stop()
        #expect(try await connection.send(RedisCommand("KEYS", "*reply.celery.pidbox")) == .array([]))
        #expect(running.sink.gaps.isEmpty)
        worker.leave()
        connection.close()
    }

    @Test("An answer that does not come is named, and the others count")
    func partialAnswer() async throws {
        let server = try await RedisTestServer()
        let worker = try await ScriptedWorker("w1@h", at: server.unix, answers: Self.answers)
        let running = RunningBroker(server.unix)
        running.setAlive(["w1@h", "gone@h"])
        try await eventually("connected") { running.broker.status.isConnected }
        var outcome = ControlOutcome()
        try await eventually("reply connection") {
            outcome = try await running.broker.broadcast(
                ControlRequest("ping", destination: ["w1@h", "gone@h"]), timeout: 0.5)
            return outcome.replies.count == 1
        }
        #expect(outcome.missing == ["gone@h"])
        let nobody = try await running.broker.broadcast(ControlRequest("ping", destination: []), timeout: 60)
        #expect(nobody == ControlOutcome())
        worker.leave()
        try await running.stop()
    }

    @Test("Commands beyond the rate wait, and are refused when too many wait: workers hear no more of them")
    func rate() async throws {
        let server = try await RedisTestServer()
        let worker = try await ScriptedWorker("w1@h", at: server.unix, answers: [:])
        let running = RunningBroker(server.unix) {
            $0.commandRate = 20
            $0.enablesEvents = false
        }
        try await eventually("greeted") { worker.heard.contains("heartbeat") }
        let start = ContinuousClock.now
        let outcomes = await withTaskGroup(of: Bool.self) { group in
            for _ in 0..<200 {
                group.addTask { (try? await running.broker.post(ControlRequest("clock"))) != nil }
            }
            return await group.reduce(into: []) { $0.append($1) }
        }
        let sent = outcomes.count(where: \.self)
        let seconds = (ContinuousClock.now - start) / .seconds(1)
        #expect(sent >= 15 && Double(sent) <= 20 + 20 * seconds + 1, "\(sent) in \(seconds) s")
        try await eventually("all that were sent are heard") { worker.heard.count { $0 == "clock" } == sent }
        // What the broker itself wanted to ask meanwhile counts as well.
        #expect(running.broker.commandCounts.refused >= UInt64(200 - sent))
        try await running.stop()
        worker.leave()
    }

    @Test("A passive broker sends nothing and refuses commands, and still follows events")
    func passive() async throws {
        let server = try await RedisTestServer()
        let worker = try await ScriptedWorker("w1@h", at: server.unix, answers: Self.answers)
        let running = RunningBroker(server.unix) { $0.isPassive = true }
        running.setAlive(["w1@h"])
        try await eventually("connected") { running.broker.status.isConnected }
        try await worker.sendHeartbeat()
        try await eventually("event") { running.sink.payloads.count == 1 }
        await #expect(throws: ControlError.passive) { try await running.broker.refreshInspections(worker: nil) }
        await #expect(throws: ControlError.passive) { try await running.broker.post(ControlRequest("heartbeat")) }
        try await running.stop()
        #expect(worker.heard.isEmpty)
        let connection = try await plain(server)
        #expect(try await connection.send(RedisCommand("DBSIZE")) == .integer(0))
        worker.leave()
        connection.close()
    }

    @Test("Queue depths: all priority steps, queues from everywhere, and no other lists")
    func queues() async throws {
        let server = try await RedisTestServer()
        let connection = try await plain(server)
        let sep = "\u{6}\u{16}"
        _ = try await connection.send([
            RedisCommand("LPUSH", "celery", "1", "2"), RedisCommand("LPUSH", "celery\(sep)3", "3"),
            RedisCommand("LPUSH", "celery\(sep)9", "4", "5", "6"), RedisCommand("LPUSH", "celery\(sep)5", "other"),
            RedisCommand("LPUSH", "media", "1"), RedisCommand("SET", "odd", "string"),
            RedisCommand("SADD", "_kombu.binding.media", "media.#\(sep)^media\\..*?$\(sep)media"),
            RedisCommand("SADD", "_kombu.binding.odd", "odd\(sep)\(sep)odd"),
            RedisCommand("SADD", "_kombu.binding.celery.pidbox", "\(sep)\(sep)w1@h.celery.pidbox"),
            RedisCommand("SADD", "_kombu.binding.celeryev", "#\(sep)\(sep)celeryev.x"),
            RedisCommand("HSET", "unacked", "a", "1", "b", "2"),
        ])
        let worker = try await ScriptedWorker("w1@h", at: server.unix, answers: Self.answers)
        let running = RunningBroker(server.unix) { $0.queues = ["configured"] }
        running.setAlive(["w1@h"])
        running.setSeenQueues(["seen"])
        try await eventually("consumers") {
            running.broker.queueSample().queues.first { $0.name == "celery" }?.consumers == ["w1@h"]
        }
        let sample = running.broker.queueSample()
        #expect(
            sample.queues == [
                QueueDepth(name: "celery", messages: 6, consumers: ["w1@h"]),
                QueueDepth(name: "configured", messages: 0),
                QueueDepth(name: "media", messages: 1), QueueDepth(name: "seen", messages: 0),
                QueueDepth(name: "slow", messages: 0, consumers: ["w1@h"]),
            ])
        #expect(sample.unacknowledged == 2)
        #expect(sample.problem == nil)
        #expect(sample.takenAt != nil)

        server.kill()
        try await eventually("problem") { running.broker.queueSample().problem != nil }
        #expect(running.broker.queueSample().queues == sample.queues)
        try await running.stop()
        worker.leave()
    }

    @Test("A restart of Redis is a gap with both ends, and everything works again")
    func restart() async throws {
        let server = try await RedisTestServer()
        let running = RunningBroker(server.tcp)
        try await eventually("connected") { running.broker.status.isConnected }
        server.kill()
        try await eventually("noticed") { !running.broker.status.isConnected }
        try await eventually("problem") { running.broker.status.problem?.contains("refused the connection") == true }
        try await eventually("gap opened") { running.sink.gaps.first?.reason == .disconnected }
        #expect(running.sink.gaps.first?.end == nil)
        try await server.start()
        try await eventually("connected again") { running.broker.status.isConnected }
        try await eventually("gap closed") { running.sink.gaps.first?.end != nil }
        #expect(running.sink.gaps.count == 1)
        #expect(running.broker.status.problem == nil)

        let worker = try await ScriptedWorker("w1@h", at: server.unix, answers: Self.answers)
        try await worker.sendHeartbeat()
        try await eventually("event") { running.sink.payloads.count == 1 }
        try await eventually("command") {
            try await running.broker.broadcast(ControlRequest("ping"), timeout: 1).replies.count == 1
        }
        worker.leave()
        try await running.stop()
    }

    @Test("A Redis that hangs is named, and the gap spans it")
    func hang() async throws {
        let server = try await RedisTestServer()
        let running = RunningBroker(server.tcp)
        try await eventually("connected") { running.broker.status.isConnected }
        server.pause()
        try await eventually("noticed") {
            !running.broker.status.isConnected && running.broker.status.problem?.contains("did not answer") == true
        }
        try await eventually("gap opened") { running.sink.gaps.first?.reason == .disconnected }
        server.resume()
        try await eventually("connected again") { running.broker.status.isConnected }
        try await eventually("gap closed") { running.sink.gaps.first?.end != nil }
        try await running.stop()
    }

    @Test("A subscriber that Redis cuts for being slow is an overrun")
    func overrun() async throws {
        let server = try await RedisTestServer(["--client-output-buffer-limit", "pubsub 64kb 64kb 1"])
        let running = RunningBroker(server.tcp) { $0.isPassive = true }
        try await eventually("connected") { running.broker.status.isConnected }
        let connection = try await plain(server)
        var command = RedisCommand("PUBLISH", "/0.celeryev/task.multi")
        command.append([UInt8](repeating: 0x61, count: 4 << 20))
        _ = try await connection.send(command)
        try await eventually("overrun") { running.sink.gaps.first?.reason == .overrun }
        try await eventually("mended") { running.sink.gaps.first?.end != nil && running.broker.status.isConnected }
        connection.close()
        try await running.stop()
    }

    @Test("A wrong password is told as such, with the URL masked")
    func wrongPassword() async throws {
        let server = try await RedisTestServer(["--requirepass", "geheim"])
        var endpoint = server.tcp
        endpoint.password = "falsch"
        let running = RunningBroker(endpoint)
        try await eventually("told") { running.broker.status.problem?.contains("WRONGPASS") == true }
        #expect(running.broker.status.url == "redis://:**@127.0.0.1:\(server.port)/0")
        try await eventually("next attempt") { running.broker.status.nextAttempt != nil }
        await #expect(throws: ControlError.self) { try await running.broker.post(ControlRequest("heartbeat")) }
        try await running.stop()
    }

    @Test("The reply queue keeps its name over a crash, and the next start removes what was left")
    func replyQueueSurvivesCrash() async throws {
        let server = try await RedisTestServer()
        let file = server.directory + "/reply-queue"
        let first = RunningBroker(server.unix) { $0.replyQueueFile = file }
        try await eventually("connected") { first.broker.status.isConnected }
        try await first.stop()
        let name = try String(contentsOfFile: file, encoding: .utf8).trimmingCharacters(in: .whitespacesAndNewlines)

        // What a killed monitor leaves: its binding, and replies that nobody popped.
        let connection = try await plain(server)
        let list = "\(name).reply.celery.pidbox"
        _ = try await connection.send([
            RedisCommand("LPUSH", list, "left"),
            RedisCommand("SADD", "_kombu.binding.reply.celery.pidbox", "\(name)\u{6}\u{16}\u{6}\u{16}\(list)"),
        ])
        let second = RunningBroker(server.unix) { $0.replyQueueFile = file }
        try await eventually("removed") { try await connection.send(RedisCommand("EXISTS", list)) == .integer(0) }
        try await second.stop()
        let rest = try await connection.send(RedisCommand("KEYS", "*"))
        #expect(rest == .array([.bulk(Array("_kombu.binding_deadlines".utf8))]))
        connection.close()
    }

    @Test("Refreshes at the same time are one run")
    func sharedRefresh() async throws {
        let server = try await RedisTestServer()
        let worker = try await ScriptedWorker("w1@h", at: server.unix, answers: Self.answers)
        let running = RunningBroker(server.unix) { $0.inspectTimeout = 0.3 }
        try await eventually("connected") { running.broker.status.isConnected }
        try await eventually("greeted") { worker.heard.contains("conf") }
        let before = worker.heard.count { $0 == "conf" }
        try await withThrowingTaskGroup { tasks in
            for _ in 0..<20 { tasks.addTask { try await running.broker.refreshInspections(worker: "nobody@h") } }
            try await tasks.waitForAll()
        }
        #expect(worker.heard.count { $0 == "conf" } <= before + 2)
        #expect(running.broker.inspections()["nobody@h"] == nil)
        worker.leave()
        try await running.stop()
    }
}
