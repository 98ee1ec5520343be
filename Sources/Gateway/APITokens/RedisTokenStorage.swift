import Foundation
import Identity
import NIOCore
import RedisClient
import Synchronization

/// Tokens in Redis beside the sessions, for several gateways. Records are sealed: Redis is often the broker too, and whoever
/// can write there must not be able to make a token.
package final class RedisTokenStorage: TokenStorage {
    /// Seals and opens records, bound to an id.
    package struct Sealing: Sendable {
        package let seal: @Sendable ([UInt8], _ record: [UInt8]) throws -> [UInt8]
        package let open: @Sendable ([UInt8], _ record: [UInt8]) throws -> [UInt8]

        package init(
            seal: @escaping @Sendable ([UInt8], _ record: [UInt8]) throws -> [UInt8],
            open: @escaping @Sendable ([UInt8], _ record: [UInt8]) throws -> [UInt8]
        ) {
            self.seal = seal
            self.open = open
        }
    }

    private struct Record: Codable {
        let name, role, scopes: String
        let created: Double
        let createdBy: String
        let expires: Double?
    }

    private let client: RedisClient
    private let prefix: String
    private let sealing: Sealing
    private let connecting = Mutex<Task<Void, Never>?>(nil)

    /// Connects in the background, until `close`.
    package init(endpoint: RedisEndpoint, group: any EventLoopGroup, prefix: String, sealing: Sealing) {
        client = RedisClient(endpoint: endpoint, group: group)
        self.prefix = prefix
        self.sealing = sealing
        connecting.withLock { $0 = Task { [client] in await client.run() } }
    }

    /// Waits until Redis answers; throws the reason when it does not within `seconds`.
    package func waitUntilConnected(seconds: Double) async throws {
        let deadline = ContinuousClock.now + .seconds(seconds)
        while true {
            do {
                _ = try await version()
                return
            } catch {
                guard ContinuousClock.now < deadline else { throw error }
                try await Task.sleep(for: .milliseconds(50))
            }
        }
    }

    package func version() async throws -> String {
        try await run(RedisCommand("GET", prefix + "tokens:version")).text ?? "0"
    }

    package func load() async throws -> [APIToken] {
        let records = try await hash(prefix + "tokens")
        let uses = try await hash(prefix + "tokens:used")
        return records.compactMap { id, sealed in
            guard let hash = Self.bytes(id), let json = try? sealing.open(sealed, Self.purpose + hash),
                let record = try? JSONDecoder().decode(Record.self, from: Data(json)),
                let role = Role(rawValue: record.role), let scopes = TokenFields.scopes(record.scopes)
            else { return nil }
            let use = uses[id].map { String(decoding: $0, as: UTF8.self).split(separator: " ", maxSplits: 1) }
            return APIToken(
                hash: hash, name: record.name, role: role, scopes: scopes, created: record.created,
                createdBy: record.createdBy, expires: record.expires, lastUsed: use?.first.flatMap { Double($0) },
                lastAddress: use.flatMap { $0.count > 1 ? String($0[1]) : nil } ?? "")
        }
    }

    package func insert(_ token: APIToken) async throws {
        guard try await load().allSatisfy({ $0.name != token.name }) else {
            throw TokenError(
                "a token with the name '\(token.name)' exists already; revoke it first, or choose another name")
        }
        let record = Record(
            name: token.name, role: token.role.rawValue, scopes: TokenFields.text(token.scopes),
            created: token.created, createdBy: token.createdBy, expires: token.expires)
        var command = RedisCommand("HSET", prefix + "tokens", Self.text(token.hash))
        command.append(try sealing.seal([UInt8](JSONEncoder().encode(record)), Self.purpose + token.hash))
        try await change(command)
    }

    package func delete(hash: [UInt8]) async throws -> Bool {
        let id = Self.text(hash)
        let reply = try await change(RedisCommand("HDEL", prefix + "tokens", id))
        _ = try await run(RedisCommand("HDEL", prefix + "tokens:used", id))
        return reply.integer == 1
    }

    package func storeUses(_ tokens: [APIToken]) async throws {
        guard !tokens.isEmpty else { return }
        var words = ["HSET", prefix + "tokens:used"]
        for token in tokens { words += [Self.text(token.hash), "\(token.lastUsed ?? 0) \(token.lastAddress)"] }
        _ = try await run(RedisCommand(words))
    }

    package func close() async throws {
        let task = connecting.withLock { $0.take() }
        task?.cancel()
        await task?.value
        client.close()
    }

    @discardableResult
    private func change(_ command: RedisCommand) async throws -> RedisReply {
        let reply = try await run(command)
        _ = try await run(RedisCommand("INCR", prefix + "tokens:version"))
        return reply
    }

    private func hash(_ key: String) async throws -> [String: [UInt8]] {
        let elements = try await run(RedisCommand("HGETALL", key)).elements ?? []
        var fields: [String: [UInt8]] = [:]
        for index in stride(from: 0, to: elements.count - 1, by: 2) {
            guard let name = elements[index].text, case .bulk(let value) = elements[index + 1] else { continue }
            fields[name] = value
        }
        return fields
    }

    private func run(_ command: RedisCommand) async throws -> RedisReply {
        let reply: RedisReply
        do throws(RedisError) { reply = try await client.send(command) } catch { throw TokenError(error.message) }
        if let text = reply.errorText { throw TokenError("Redis answered: \(text.prefix(200))") }
        return reply
    }

    private static let purpose = Array("token".utf8)
    private static func text(_ hash: [UInt8]) -> String { hash.map(Base64URL.hex).joined() }

    private static func bytes(_ text: String) -> [UInt8]? {
        let digits = Array(text.utf8)
        guard digits.count == 64 else { return nil }
        let bytes = stride(from: 0, to: 64, by: 2).compactMap { index in
            UInt8(String(decoding: digits[index...(index + 1)], as: UTF8.self), radix: 16)
        }
        return bytes.count == 32 ? bytes : nil
    }
}
