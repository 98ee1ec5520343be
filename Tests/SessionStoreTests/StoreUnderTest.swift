import Identity
import Logging
import SessionStore
import Testing

/// Every kind of store, made fresh: the conformance suite runs on each.
struct StoreUnderTest: Sendable, CustomTestStringConvertible {
    let testDescription: String
    let make: @Sendable (TestClock, SessionLimits, TemporaryDirectory) async throws -> any SessionStore

    static let all = [
        StoreUnderTest(testDescription: "SQLite") { clock, limits, directory in
            try await SQLiteSessionStore(
                path: "\(directory.path)/sessions.sqlite", limits: limits, logger: quietLogger, now: clock.read)
        }
    ]
}

/// Drops what is logged.
let quietLogger = Logger(label: "test") { _ in SwiftLogNoOpLogHandler() }

extension Principal {
    static let ada = Principal(
        provider: "github", subject: "4711", name: "ada", email: "ada@example.com", role: .operator)
    static let bob = Principal(provider: "basic", subject: "bob", name: "bob", role: .admin)
}
