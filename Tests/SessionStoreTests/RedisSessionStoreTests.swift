import Identity
import NIOPosix
import RedisClient
import RedisTestServer
import SessionStore
import Testing

@Suite("Sessions in Redis")
struct RedisSessionStoreTests {
    private let server: RedisTestServer
    private let clock = TestClock()

    init() async throws { server = try await RedisTestServer() }

    private func store(_ prefix: String = "calyx:", _ sealing: SealingKeys = .forTests) async throws
        -> RedisSessionStore
    {
        try await .connected(to: server, prefix: prefix, sealing: sealing, clock: clock)
    }

    private func redis(_ words: String...) async throws -> RedisReply {
        let connection = try await RedisConnection.connect(to: server.unix, on: MultiThreadedEventLoopGroup.singleton)
        defer { connection.close() }
        return try await connection.send(RedisCommand(words))
    }

    @Test("What one gateway begins another knows, and what one ends the other refuses")
    func twoGateways() async throws {
        let (here, there) = (try await store(), try await store())
        let (token, session) = try await here.create(for: .ada, userAgent: "", address: "")
        #expect(try await there.find(token, isUse: true)?.principal == .ada)
        #expect(there.recall(token, isUse: true).session?.id == session.id)
        try await here.end(token: token)
        // Told by Redis; the clock of the test stands still, so the second in which nobody asks never ends.
        while there.recall(token, isUse: false) != .unknown { try await Task.sleep(for: .milliseconds(2)) }
        #expect(try await there.find(token, isUse: true) == nil)
        #expect(here.recall(token, isUse: false) == .unknown)
        try await here.close()
        try await there.close()
    }

    @Test("A session is asked for again after a second, also when nobody told that it has ended")
    func confirmation() async throws {
        let store = try await store()
        let (token, session) = try await store.create(for: .ada, userAgent: "", address: "")
        #expect(store.recall(token, isUse: true).session?.id == session.id)
        _ = try await redis("DEL", "calyx:session:\(session.id.hex)")
        clock.advance(0.9)
        #expect(store.recall(token, isUse: true).session != nil)
        clock.advance(0.2)
        #expect(store.recall(token, isUse: true) == .unknown)
        #expect(try await store.find(token, isUse: true) == nil)
        try await store.close()
    }

    @Test("While Redis is away nobody is let in by an older session, and nobody is signed out")
    func away() async throws {
        let store = try await store()
        let (token, _) = try await store.create(for: .ada, userAgent: "", address: "")
        server.kill()
        clock.advance(2)
        #expect(store.recall(token, isUse: true) == .unknown)
        await #expect(throws: SessionStoreError.self) { try await store.find(token, isUse: true) }
        await #expect(throws: SessionStoreError.self) { try await store.end(token: token) }
        try await store.close()
    }

    @Test("Names, roles, credentials and tokens cannot be read in Redis, and nothing written there makes a session")
    func sealed() async throws {
        let store = try await store()
        let (token, session) = try await store.create(
            for: .ada, credential: Array("gho_secret".utf8), userAgent: "Firefox", address: "192.0.2.7")
        let key = "calyx:session:\(session.id.hex)"
        let fields = try #require(try await redis("HGETALL", key).elements)
        for case .bulk(let bytes) in fields {
            let text = String(decoding: bytes, as: UTF8.self)
            for secret in ["ada", "operator", "gho_secret", "Firefox", token] { #expect(!text.contains(secret)) }
        }
        // The record of one session under the id of another: as a worker with the broker's password might write it.
        let (_, victim) = try await store.create(for: .bob, userAgent: "", address: "")
        let record = try await redis("HGET", "calyx:session:\(victim.id.hex)", "r")
        guard case .bulk(let stolen) = record else { throw CancellationError() }
        var command = RedisCommand("HSET", key, "r")
        command.append(stolen)
        let connection = try await RedisConnection.connect(to: server.unix, on: MultiThreadedEventLoopGroup.singleton)
        _ = try await connection.send(command)
        connection.close()
        clock.advance(2)
        #expect(try await store.find(token, isUse: true) == nil)
        try await store.close()
    }

    @Test("Installations with other keys or another prefix do not share sessions")
    func apart() async throws {
        let store = try await store()
        let (token, _) = try await store.create(for: .ada, userAgent: "", address: "")
        let elsewhere = try await self.store("other:")
        #expect(try await elsewhere.find(token, isUse: true) == nil)
        let stranger = try await self.store("calyx:", try #require(SealingKeys([[UInt8](repeating: 1, count: 32)])))
        #expect(try await stranger.find(token, isUse: true) == nil)
        let rotated = try await self.store(
            "calyx:",
            try #require(SealingKeys([[UInt8](repeating: 1, count: 32), [UInt8](repeating: 7, count: 32)])))
        #expect(try await rotated.find(token, isUse: true) != nil)
        for store in [store, elsewhere, stranger, rotated] { try await store.close() }
    }

    @Test("Redis forgets sessions by itself when their time is over")
    func expiry() async throws {
        var limits = SessionLimits()
        limits.idle = 100
        let store = try await RedisSessionStore.connected(to: server, limits: limits, clock: clock)
        let (_, session) = try await store.create(for: .ada, userAgent: "", address: "")
        let left = try #require(try await redis("PTTL", "calyx:session:\(session.id.hex)").integer)
        #expect((1...100_000).contains(left))
        try await store.close()
    }
}
