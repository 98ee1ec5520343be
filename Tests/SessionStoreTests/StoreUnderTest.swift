import Identity
import Logging
import NIOPosix
import RedisTestServer
import SessionStore
import Testing

/// Every kind of store, made fresh: the conformance suite runs on each.
struct StoreUnderTest: Sendable, CustomTestStringConvertible {
    let testDescription: String
    let make: @Sendable (TestClock, SessionLimits, TemporaryDirectory) async throws -> any SessionStore

    static let all = [
        StoreUnderTest(testDescription: "SQLite") { clock, limits, directory in
            try await SQLiteSessionStore(
                path: "\(directory.path)/sessions.sqlite", sealing: .forTests, limits: limits, logger: quietLogger,
                now: clock.read)
        },
        StoreUnderTest(testDescription: "Redis") { clock, limits, directory in
            let server = try await RedisTestServer()
            directory.keep(server)
            return try await RedisSessionStore.connected(to: server, limits: limits, clock: clock)
        },
    ]
}

extension RedisSessionStore {
    static func connected(
        to server: RedisTestServer, prefix: String = "calyx:", sealing: SealingKeys = .forTests,
        limits: SessionLimits = SessionLimits(), clock: TestClock
    ) async throws -> RedisSessionStore {
        let store = RedisSessionStore(
            endpoint: server.unix, prefix: prefix, sealing: sealing, limits: limits,
            group: MultiThreadedEventLoopGroup.singleton, logger: quietLogger, now: clock.read)
        while true {
            do {
                try await store.waitUntilConnected(seconds: 0)
                return store
            } catch { try await Task.sleep(for: .milliseconds(5)) }
        }
    }
}

extension SessionStore {
    /// The session of `token`, counted as used.
    func session(for token: String) async throws -> Session? { try await find(token, isUse: true) }

    func peek(token: String) async throws -> Session? { try await find(token, isUse: false) }

    /// Which of the tokens have a session.
    func live(_ tokens: [String]) async throws -> [Bool] {
        var live: [Bool] = []
        for token in tokens { live.append(try await peek(token: token) != nil) }
        return live
    }

    func create(
        for principal: Principal, userAgent: String, address: String
    ) async throws -> (token: String, session: Session) {
        try await create(for: principal, credential: nil, userAgent: userAgent, address: address)
    }
}

extension SealingKeys {
    static let forTests: SealingKeys = {
        guard let keys = SealingKeys([[UInt8](repeating: 7, count: 32)]) else { preconditionFailure("a good key") }
        return keys
    }()
}

/// Drops what is logged.
let quietLogger = Logger(label: "test") { _ in SwiftLogNoOpLogHandler() }

extension Principal {
    static let ada = Principal(
        provider: "github", subject: "4711", name: "ada", email: "ada@example.com", role: .operator)
    static let bob = Principal(provider: "basic", subject: "bob", name: "bob", role: .admin)
}
