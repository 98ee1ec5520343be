import CeleryProtocol
import Foundation
import Logging
import NIOPosix
import RedisClient
import RedisTestServer
import Testing

@testable import CeleryBroker

@Suite("The Redis result backend on a real Redis", .timeLimit(.minutes(2))) struct RedisResultsTests {
    private final class Running: Sendable {
        let server: RedisTestServer
        let results: RedisResults
        let connection: RedisConnection
        private let task: Task<Void, Never>

        init(prefix: String = "", isPassive: Bool = false) async throws {
            server = try await RedisTestServer()
            let results = RedisResults(
                configuration: RedisResultsConfiguration(
                    endpoint: server.unix, keyPrefix: prefix, isPassive: isPassive),
                logger: Logger(label: "test", factory: { _ in SwiftLogNoOpLogHandler() }))
            self.results = results
            task = Task { await results.run() }
            try await eventually("connected") { results.summary.problem == nil }
            connection = try await RedisConnection.connect(to: server.unix, on: MultiThreadedEventLoopGroup.singleton)
        }

        /// As Celery stores: one key, and a message on the channel of its name.
        func store(_ id: String, _ state: String, result: String = "null", prefix: String = "") async throws {
            let meta = #"{"status": "\#(state)", "result": \#(result), "traceback": null, "task_id": "\#(id)"}"#
            let key = "\(prefix)celery-task-meta-\(id)"
            _ = try await connection.send([
                RedisCommand("MULTI"), RedisCommand("SETEX", key, "100", meta), RedisCommand("PUBLISH", key, meta),
                RedisCommand("EXEC"),
            ])
        }

        func subscribers(_ id: String) async throws -> Int64 {
            try await connection.send(RedisCommand("PUBSUB", "NUMSUB", "celery-task-meta-\(id)")).elements?.last?
                .integer
                ?? 0
        }

        func stop() async {
            connection.close()
            task.cancel()
            await task.value
        }
    }

    @Test("Results are read one by one and together, under their prefix")
    func reading() async throws {
        let running = try await Running(prefix: "proj1")
        try await running.store("a", "SUCCESS", result: "5", prefix: "proj1_")
        #expect(try await running.results.result(of: "a")?.result == .int(5))
        #expect(try await running.results.result(of: "b") == nil)
        #expect(try await running.results.results(of: ["b", "a"]).keys.sorted() == ["a"])
        #expect(try await running.results.forget("a"))
        #expect(try await running.results.forget("a") == false)
        await running.stop()
    }

    @Test("Waiting ends with the final state, or with what is stored when the time is over")
    func waiting() async throws {
        let running = try await Running()
        async let waited = running.results.wait(for: "a", timeout: 60)
        try await eventually("subscribed") { try await running.subscribers("a") == 1 }
        try await running.store("a", "STARTED")
        try await running.store("a", "SUCCESS", result: "\"done\"")
        #expect(try await waited?.result == .string("done"))
        try await eventually("unsubscribed") { try await running.subscribers("a") == 0 }
        #expect(try await running.results.wait(for: "a", timeout: 60)?.isFinal == true)
        try await running.store("b", "PROGRESS", result: "{\"current\": 1}")
        #expect(try await running.results.wait(for: "b", timeout: 0.05)?.state == "PROGRESS")
        #expect(try await running.results.wait(for: "never", timeout: 0.05) == nil)
        await running.stop()
    }

    @Test("Followers see what is stored, then each change, over one subscription, also after Redis restarted")
    func following() async throws {
        let running = try await Running()
        try await running.store("a", "PROGRESS", result: "1")
        var states = running.results.follow("a").makeAsyncIterator()
        #expect(await states.next()?.result == .int(1))
        var others = running.results.follow("a").makeAsyncIterator()
        #expect(await others.next()?.result == .int(1))
        #expect(try await running.subscribers("a") == 1)
        try await running.store("a", "PROGRESS", result: "2")
        #expect(await states.next()?.result == .int(2))
        #expect(await others.next()?.result == .int(2))

        running.server.kill()
        try await running.server.start()
        try await eventually("back") { running.results.summary.problem == nil }
        let connection = try await RedisConnection.connect(
            to: running.server.unix, on: MultiThreadedEventLoopGroup.singleton)
        _ = try await connection.send(
            RedisCommand("SET", "celery-task-meta-a", #"{"status": "SUCCESS", "result": 3}"#))
        try await eventually("subscribed anew") {
            try await connection.send(RedisCommand("PUBSUB", "NUMSUB", "celery-task-meta-a")).elements?.last
                == .integer(1)
        }
        // Whether stored before or after the new subscription, it is seen.
        _ = try await connection.send(
            RedisCommand("PUBLISH", "celery-task-meta-a", #"{"status": "SUCCESS", "result": 3}"#))
        #expect(await states.next()?.result == .int(3))
        #expect(await states.next() == nil)
        connection.close()
        await running.stop()
    }

    @Test("An abort is stored for a task that runs and never over a final state")
    func aborting() async throws {
        let running = try await Running()
        for state in StoredResult.finalStates {
            try await running.store("done", state, result: "1")
            #expect(try await running.results.abort("done") == state)
            #expect(try await running.results.result(of: "done")?.state == state)
        }
        try await running.store("runs", "STARTED")
        #expect(try await running.results.abort("runs") == "ABORTED")
        #expect(try await running.results.result(of: "runs")?.state == "ABORTED")
        let lifetime = try await running.connection.send(RedisCommand("TTL", "celery-task-meta-runs")).integer
        #expect(lifetime.map { (1...100).contains($0) } == true)
        #expect(try await running.results.abort("new") == "ABORTED")
        await running.stop()

        let passive = try await Running(isPassive: true)
        await #expect(throws: ResultError.passive) { try await passive.results.abort("x") }
        await #expect(throws: ResultError.passive) { try await passive.results.forget("x") }
        await passive.stop()
    }

    @Test("A backend that is away says so, and is read again when it is back")
    func away() async throws {
        let running = try await Running()
        running.server.kill()
        try await eventually("noticed") { running.results.summary.problem != nil }
        await #expect(throws: ResultError.self) { try await running.results.result(of: "a") }
        await #expect(throws: ResultError.self) { try await running.results.wait(for: "a", timeout: 60) }
        await #expect(throws: ResultError.self) { try await running.results.abort("a") }
        try await running.server.start()
        try await eventually("back") { running.results.summary.problem == nil }
        #expect(try await running.results.result(of: "a") == nil)
        await running.stop()
    }
}
