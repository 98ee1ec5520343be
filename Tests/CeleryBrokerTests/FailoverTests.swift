import CeleryBroker
import CeleryProtocol
import Foundation
import NIOPosix
import RedisClient
import RedisTestServer
import Testing

@Suite("A master that fails over", .timeLimit(.minutes(3))) struct FailoverTests {
    private func value(_ field: String, of server: RedisTestServer) async throws -> String? {
        let connection = try await RedisConnection.connect(to: server.tcp, on: MultiThreadedEventLoopGroup.singleton)
        defer { connection.close() }
        let text = try await connection.send(RedisCommand("INFO", "replication")).text ?? ""
        return text.split(whereSeparator: \.isNewline).first { $0.hasPrefix(field + ":") }.map {
            String($0.dropFirst(field.count + 1))
        }
    }

    @Test("The broker goes to the new master, with events, commands and tasks", arguments: ["killed", "hanging"])
    func failover(_ end: String) async throws {
        let master = try await RedisTestServer()
        let replica = try await RedisTestServer(["--replicaof", "127.0.0.1", String(master.port)])
        try await eventually("replicating") { try await value("master_link_status", of: replica) == "up" }
        let sentinel = try RedisTestSentinel(watching: master)
        let running = RunningBroker(sentinel.endpoint)
        try await eventually("connected") { running.broker.status.isConnected }
        _ = try await running.broker.publish(OutgoingTask(name: "t", id: "before"))
        // Sentinel learns of replicas every ten seconds; a failover needs to know one.
        try await eventually("replica known") {
            let group = MultiThreadedEventLoopGroup.singleton
            let place = RedisEndpoint(address: .tcp(host: "127.0.0.1", port: sentinel.port))
            let connection = try await RedisConnection.connect(to: place, on: group)
            defer { connection.close() }
            let reply = try await connection.send(RedisCommand("SENTINEL", "REPLICAS", RedisTestSentinel.master))
            return reply.elements?.isEmpty == false
        }

        if end == "killed" { master.kill() } else { master.pause() }
        try await eventually("noticed") { !running.broker.status.isConnected }
        #expect(running.broker.status.problem != nil)
        // Sentinel ends the connections to the server that it makes the master.
        try await eventually("the replica is master") { (try? await value("role", of: replica)) == "master" }
        try await eventually("connected again") { running.broker.status.isConnected }
        let worker = try await ScriptedWorker(
            "w1@h", at: replica.tcp, answers: ["ping": .object([("ok", .string("pong"))])])
        let heard = running.sink.payloads.count
        try await worker.sendHeartbeat()
        try await eventually("events flow") { running.sink.payloads.count > heard }
        try await eventually("answers") {
            let outcome = try? await running.broker.broadcast(
                ControlRequest("ping", destination: ["w1@h"]), timeout: 1)
            return outcome?.replies.count == 1
        }
        _ = try await running.broker.publish(OutgoingTask(name: "t", id: "after"))
        #expect(!running.sink.gaps.isEmpty)
        worker.leave()
        try await running.stop()
        if end == "hanging" { master.resume() }
    }
}
