internal import CeleryProtocol
import NIOCore
internal import RedisClient

/// Stores ABORTED for one task without ever overwriting a final state, on a connection of its own because WATCH belongs
/// to a connection.
struct RedisAbort {
    private static let attempts = 5
    private static let state = "ABORTED"

    let endpoint: RedisEndpoint
    let group: any EventLoopGroup
    let key: String
    let taskID: String
    let expires: Int

    /// The state that is stored afterwards.
    func run() async throws(ResultError) -> String {
        do throws(RedisError) {
            let connection = try await RedisConnection.connect(to: endpoint, on: group)
            defer { connection.close() }
            for _ in 0..<Self.attempts {
                if let state = try await attempt(connection) { return state }
            }
            throw RedisError(.server, "The task's state changes all the time; try again.")
        } catch {
            throw .unavailable("The result backend did not store the state: \(error.message)")
        }
    }

    /// nil when the state changed meanwhile.
    private func attempt(_ connection: RedisConnection) async throws(RedisError) -> String? {
        let replies = try await connection.send([RedisCommand("WATCH", key), RedisCommand("GET", key)])
        try check(replies)
        var before: [UInt8]?
        if case .bulk(let bytes)? = replies.last { before = bytes }
        if let before {
            let stored = ResultMeta.result(of: taskID, from: before)
            if stored.isFinal { return stored.state }
            if let reason = stored.unreadable { throw RedisError(.server, reason) }
        }
        let meta = Self.meta(taskID, before: before)
        var store = RedisCommand("SET", key)
        store.append(meta)
        // What is there keeps its lifetime.
        if before != nil {
            store.append("KEEPTTL".utf8)
        } else if expires > 0 {
            store.append("EX".utf8)
            store.append(String(expires).utf8)
        }
        var publish = RedisCommand("PUBLISH", key)
        publish.append(meta)
        let outcome = try await connection.send([RedisCommand("MULTI"), store, publish, RedisCommand("EXEC")])
        try check(outcome + (outcome.last?.elements ?? []))
        return outcome.last?.elements == nil ? nil : Self.state
    }

    private func check(_ replies: [RedisReply]) throws(RedisError) {
        if let error = replies.compactMap(\.errorText).first {
            throw RedisError(.server, "It answered: \(error.prefix(200))")
        }
    }

    /// As Celery's `store_result`, with what an extended result had already.
    static func meta(_ taskID: String, before: [UInt8]?) -> [UInt8] {
        let fresh: [(key: String, value: JSONValue)] = [
            ("status", .string(state)), ("result", .null), ("traceback", .null), ("children", .array([])),
            ("date_done", .null), ("task_id", .string(taskID)),
        ]
        guard let before, case .object(let members)? = try? Serialized.guessed(before) else {
            return JSONValue.object(fresh).serialized(escapesEndTags: false)
        }
        let kept = members.filter { member in !fresh.contains { $0.key == member.key } }
        return JSONValue.object(fresh + kept).serialized(escapesEndTags: false)
    }
}
