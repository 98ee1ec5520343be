import Foundation
import Identity
import Logging
import NIOPosix
import RedisClient
import RedisTestServer
import Synchronization
import Testing

@testable import APITokens

private let quiet = Logger(label: "test") { _ in SwiftLogNoOpLogHandler() }

/// Where tokens are kept, made fresh; `again` opens the same place a second time, as another process would.
struct TokenPlace: Sendable, CustomTestStringConvertible {
    let testDescription: String
    let open:
        @Sendable () async throws -> (
            first: any TokenStorage, again: @Sendable () async throws -> any TokenStorage, keep: any Sendable
        )

    static let all = [
        TokenPlace(testDescription: "SQLite") {
            let path = FileManager.default.temporaryDirectory.appending(
                path: "calyx-\(UUID().uuidString)/tokens.sqlite"
            ).path
            let first = try await SQLiteTokenStorage(path: path, logger: quiet)
            return (first, { try await SQLiteTokenStorage(path: path, logger: quiet) }, path)
        },
        TokenPlace(testDescription: "Redis") {
            let server = try await RedisTestServer()
            let make: @Sendable () async throws -> any TokenStorage = {
                // Reversed with the record's id: enough to see that the storage neither shows nor mixes up records.
                let sealing = RedisTokenStorage.Sealing(
                    seal: { $1 + $0.reversed() },
                    open: { sealed, record in
                        guard sealed.starts(with: record) else { throw CancellationError() }
                        return sealed.dropFirst(record.count).reversed()
                    })
                let storage = RedisTokenStorage(
                    endpoint: server.unix, group: MultiThreadedEventLoopGroup.singleton, prefix: "calyx:",
                    sealing: sealing)
                try await storage.waitUntilConnected(seconds: 30)
                return storage
            }
            return (try await make(), make, server)
        },
    ]
}

private final class Clock: Sendable {
    private let time = Mutex(1_800_000_000.0)
    var now: @Sendable () -> Double { { self.time.withLock { $0 } } }
    func advance(_ seconds: Double) { time.withLock { $0 += seconds } }
}

@Suite("API tokens")
struct TokenStoreTests {
    private let clock = Clock()

    private func store(_ storage: any TokenStorage) async -> TokenStore {
        let store = TokenStore(storage: storage, logger: quiet, now: clock.now, monotonic: clock.now)
        await store.follow()
        return store
    }

    @Test("A token is accepted until it is revoked, here and in another process", arguments: TokenPlace.all)
    func lifecycle(place: TokenPlace) async throws {
        let (first, again, keep) = try await place.open()
        let (here, there) = (await store(first), await store(try await again()))
        let (text, token) = try await here.create(
            name: "grafana", role: .viewer, scopes: [.read, .metrics], lifetime: 3600, by: "basic:ann")
        #expect(here.check(text, from: "192.0.2.1") == .accepted(token))
        #expect(there.check(text, from: "192.0.2.1") == .rejected)
        await there.follow()
        guard case .accepted(let seen) = there.check(text, from: "192.0.2.1") else { throw CancellationError() }
        #expect(seen.name == "grafana" && seen.role == .viewer && seen.scopes == [.read, .metrics])
        #expect(seen.createdBy == "basic:ann" && seen.expires == token.expires)
        #expect(try await there.revoke("grafana")?.id == token.id)
        #expect(try await there.revoke("grafana") == nil)
        #expect(there.check(text, from: "192.0.2.1") == .rejected)
        await here.follow()
        #expect(here.check(text, from: "192.0.2.1") == .rejected)
        await here.close()
        await there.close()
        withExtendedLifetime(keep) {}
    }

    @Test("Last use is kept, and known after a restart", arguments: TokenPlace.all)
    func lastUse(place: TokenPlace) async throws {
        let (first, again, keep) = try await place.open()
        let before = await store(first)
        let (text, _) = try await before.create(name: "a", role: .admin, scopes: [.operate], lifetime: nil, by: "x")
        clock.advance(50)
        await before.follow()
        _ = before.check(text, from: "192.0.2.9")
        let second = try await again()
        await before.close()
        let after = await store(second)
        #expect(after.all.first?.lastUsed == clock.now())
        #expect(after.all.first?.lastAddress == "192.0.2.9")
        await after.close()
        withExtendedLifetime(keep) {}
    }

    @Test("A name can be given once", arguments: TokenPlace.all)
    func names(place: TokenPlace) async throws {
        let (first, again, keep) = try await place.open()
        let (here, there) = (await store(first), await store(try await again()))
        _ = try await here.create(name: "a", role: .viewer, scopes: [.read], lifetime: nil, by: "x")
        await #expect(throws: TokenError.self) {
            try await there.create(name: "a", role: .viewer, scopes: [.read], lifetime: nil, by: "x")
        }
        for name in ["", " a", "a\n", String(repeating: "a", count: 65), "<b>"] {
            await #expect(throws: TokenError.self) {
                try await here.create(name: name, role: .viewer, scopes: [.read], lifetime: nil, by: "x")
            }
        }
        await here.close()
        await there.close()
        withExtendedLifetime(keep) {}
    }

    @Test("A token ends by itself, and one that changes something is no viewer's")
    func ends() async throws {
        let (first, _, keep) = try await TokenPlace.all[0].open()
        let store = await store(first)
        let (text, _) = try await store.create(name: "a", role: .viewer, scopes: [.read], lifetime: 60, by: "x")
        clock.advance(59)
        await store.follow()
        #expect(store.check(text, from: "") != .rejected)
        clock.advance(1)
        await store.follow()
        #expect(store.check(text, from: "") == .rejected)
        await #expect(throws: TokenError.self) {
            try await store.create(name: "b", role: .viewer, scopes: [.read, .operate], lifetime: nil, by: "x")
        }
        await store.close()
        withExtendedLifetime(keep) {}
    }

    @Test("When nobody knows for long which tokens are revoked, none is accepted, and it says so")
    func unavailable() async throws {
        let (first, _, keep) = try await TokenPlace.all[0].open()
        let store = await store(first)
        let (text, _) = try await store.create(name: "a", role: .viewer, scopes: [.read], lifetime: nil, by: "x")
        clock.advance(9)
        #expect(store.check(text, from: "") != .unavailable)
        clock.advance(2)
        #expect(store.check(text, from: "") == .unavailable)
        await store.close()
        withExtendedLifetime(keep) {}
    }

    @Test("Neither the token nor anything to make it from is in the file")
    func hashed() async throws {
        let path = FileManager.default.temporaryDirectory.appending(path: "calyx-\(UUID().uuidString)/t.sqlite").path
        let store = await store(try await SQLiteTokenStorage(path: path, logger: quiet))
        let (text, _) = try await store.create(name: "a", role: .viewer, scopes: [.read], lifetime: nil, by: "x")
        for suffix in ["", "-wal"] {
            let bytes = try Data(contentsOf: URL(fileURLWithPath: path + suffix))
            #expect(bytes.range(of: Data(text.utf8)) == nil)
            #expect(bytes.range(of: Data(text.dropFirst(6).utf8)) == nil)
        }
        await store.close()
    }

    @Test(
        "Metrics need their scope, reading and changing theirs",
        arguments: [
            (true, "/metrics", TokenScope.metrics), (true, "/api/workers", .read), (false, "/metrics", .operate),
        ])
    func scopes(isSafe: Bool, path: String, expected: TokenScope) {
        #expect(TokenScope.needed(isSafe: isSafe, path: path) == expected)
    }
}
