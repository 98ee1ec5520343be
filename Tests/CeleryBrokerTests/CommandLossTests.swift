import CeleryProtocol
import Foundation
import NIOPosix
import RedisClient
import RedisTestServer
import Testing

@testable import CeleryBroker

@Suite("Commands while Redis dies", .timeLimit(.minutes(2))) struct CommandLossTests {
    static let methods = [
        "ping", "stats", "active", "reserved", "scheduled", "revoked", "registered", "active_queues", "conf", "report",
        "query_task", "clock", "enable_events", "disable_events", "pool_grow", "pool_shrink", "pool_restart",
        "autoscale", "add_consumer", "cancel_consumer", "rate_limit", "time_limit", "revoke", "shutdown",
    ]

    @Test("Each command ends soon with an error that says what is known, and works again afterwards")
    func killedDuringEach() async throws {
        let server = try await RedisTestServer()
        let running = RunningBroker(server.unix)
        running.setAlive(["w1@h"])
        for method in Self.methods {
            try await eventually("connected") { running.broker.status.isConnected }
            // Hears everything and answers to ping alone.
            let worker = try await ScriptedWorker(
                "w1@h", at: server.unix, answers: ["ping": .object([("ok", .string("pong"))])])
            try await eventually("answers to ping") {
                let outcome = try? await running.broker.broadcast(
                    ControlRequest("ping", destination: ["w1@h"]), timeout: 0.5)
                return outcome?.replies.count == 1
            }
            let request = ControlRequest(
                method == "ping" ? "clock" : method, destination: ["w1@h"])
            async let outcome = running.broker.broadcast(request, timeout: 300)
            try await eventually("\(method) was heard") { worker.heard.contains(request.method) }
            server.kill()
            do {
                let outcome = try await outcome
                Issue.record("\(method) ended with \(outcome)")
            } catch ControlError.unavailable(let reason) {
                #expect(reason.contains("not known"), "\(reason)")
            }
            worker.leave()
            try await server.start()
        }
        try await running.stop()
    }

    @Test("What came before the loss counts, and the loss is told")
    func partly() async throws {
        let server = try await RedisTestServer()
        let worker = try await ScriptedWorker(
            "w1@h", at: server.unix, answers: ["ping": .object([("ok", .string("pong"))])])
        let silent = try await ScriptedWorker("silent@h", at: server.unix, answers: [:])
        let running = RunningBroker(server.unix)
        running.setAlive(["w1@h", "silent@h"])
        try await eventually("connected") { running.broker.status.isConnected }
        try await eventually("reply connection") {
            try await running.broker.broadcast(ControlRequest("ping", destination: ["w1@h"]), timeout: 0.5)
                .replies.count == 1
        }
        let before = silent.heard.filter { $0 == "ping" }.count
        let replies = running.broker.commandCounts.replies
        async let outcome = running.broker.broadcast(
            ControlRequest("ping", destination: ["w1@h", "silent@h"]), timeout: 300)
        try await eventually("heard") { silent.heard.filter { $0 == "ping" }.count >= before + 1 }
        try await eventually("fetched") { running.broker.commandCounts.replies >= replies + 1 }
        server.kill()
        let partial = try await outcome
        #expect(partial.replies.map(\.worker) == ["w1@h"])
        #expect(partial.missing == ["silent@h"])
        #expect(partial.problems.count == 1)
        worker.leave()
        silent.leave()
        try await running.stop()
    }

    @Test("Many commands leave one list and one binding at most, and the next start removes them")
    func nothingStays() async throws {
        let commands = Int(ProcessInfo.processInfo.environment["CALYX_TEST_COMMANDS"] ?? "") ?? 300
        let server = try await RedisTestServer()
        let file = server.directory + "/reply-queue"
        let answers = ["ping": JSONValue.object([("ok", .string("pong"))])]
        let workers = [
            try await ScriptedWorker("w1@h", at: server.unix, answers: answers),
            try await ScriptedWorker("w2@h", at: server.unix, answers: answers),
        ]
        let running = RunningBroker(server.unix) {
            $0.replyQueueFile = file
            $0.commandRate = 100_000
        }
        running.setAlive(["w1@h", "w2@h"])
        try await eventually("connected") { running.broker.status.isConnected }
        let broker = running.broker
        await withTaskGroup { group in
            for _ in 0..<20 {
                group.addTask {
                    for turn in 0..<commands / 20 {
                        // Some end before their replies come, as those of a process that is killed.
                        _ = try? await broker.broadcast(ControlRequest("ping"), timeout: turn % 3 == 0 ? 0 : 5)
                    }
                }
            }
        }
        let connection = try await RedisConnection.connect(to: server.unix, on: MultiThreadedEventLoopGroup.singleton)
        func left() async throws -> (lists: Int, bindings: Int64) {
            let keys = try await connection.send(RedisCommand("KEYS", "*.reply.celery.pidbox")).elements ?? []
            let lists = keys.compactMap(\.text).filter { !$0.hasPrefix("_kombu") }
            let members = try await connection.send(RedisCommand("SCARD", "_kombu.binding.reply.celery.pidbox"))
            return (lists.count, members.integer ?? 0)
        }
        let inUse = try await left()
        #expect(inUse.lists <= 1 && inUse.bindings == 1)
        let deadline = try await connection.send(
            RedisCommand("ZSCORE", "_kombu.binding_deadlines", "reply.celery.pidbox")
        ).text.flatMap(Double.init)
        #expect(try #require(deadline) <= (Date().timeIntervalSince1970 + 3600) * 1000)
        try await running.stop()
        for worker in workers { worker.leave() }
        let atEnd = try await left()
        #expect(atEnd.lists == 0 && atEnd.bindings == 0)
        connection.close()
    }
}
