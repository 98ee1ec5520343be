import APITokens
import AuditTrail
import Foundation
import Identity
import Logging
import NIOCore
import SessionStore
import SignIn

@testable import GatewayServer

/// A gateway on a port of its own before a `TestCore`, with a real session store and real passwords.
struct TestGateway: Sendable {
    static let password = "correct horse"

    let port: Int
    let cookieName: String
    let core: TestCore
    let sessions: SQLiteSessionStore
    let tokens: TokenStore
    let audit: AuditTrail
    let keys: AssertionKeys
    let counters: GatewayCounters
    let log: LogCollector

    /// Starts everything, runs `body`, stops everything. The gateway's graceful shutdown is part of every test.
    static func run(
        configure: (inout GatewayConfiguration) -> Void = { _ in }, providers: [any SignInProvider] = [],
        _ body: @Sendable (TestGateway) async throws -> Void
    ) async throws {
        let directory = NSTemporaryDirectory() + "calyx-gateway-\(UUID().uuidString.prefix(8))"
        try FileManager.default.createDirectory(atPath: directory, withIntermediateDirectories: true)
        defer { try? FileManager.default.removeItem(atPath: directory) }
        let log = LogCollector()
        let logger = log.logger()
        let core = try await TestCore.start(in: directory)
        let secret = [UInt8](repeating: 7, count: 32)
        guard let keys = AssertionKeys([secret]), let sealing = SealingKeys([secret]) else { throw CancellationError() }
        var configuration = GatewayConfiguration(
            listeners: [.tcp(host: "127.0.0.1", port: 0)], core: .unix(path: core.path), keys: keys)
        configure(&configuration)
        let sessions = try await SQLiteSessionStore(
            path: "\(directory)/sessions.db", sealing: sealing, logger: logger)
        let passwords = try PasswordAuthenticator(clearTextUsers: [(name: "ann", password: password)], logger: logger)
        let tokens = TokenStore(
            storage: try await SQLiteTokenStorage(path: "\(directory)/tokens.db", logger: logger), logger: logger)
        let audit = try await AuditTrail(path: "\(directory)/audit.db", logger: logger)
        let names = CookieNames(prefix: configuration.prefix, override: configuration.cookieName)
        let (bound, continuation) = AsyncStream<[SocketAddress]>.makeStream()
        let server = GatewayServer(
            configuration: configuration, sessions: sessions, passwords: passwords, providers: providers,
            tokens: tokens, audit: audit, logger: logger,
            accessLog: AccessLogSink(isJSON: false, isDebug: true) { lines, _ in
                log.add(String(decoding: lines, as: UTF8.self))
            },
            onListening: { continuation.yield($0) })
        try await withThrowingTaskGroup(of: Void.self) { group in
            group.addTask {
                defer { continuation.finish() }
                try await server.run()
            }
            var addresses = bound.makeAsyncIterator()
            guard let port = await addresses.next()?.first?.port else {
                try await group.waitForAll()
                return
            }
            let gateway = TestGateway(
                port: port, cookieName: names.session(isSecure: configuration.tls != nil).name, core: core,
                sessions: sessions, tokens: tokens, audit: audit, keys: keys, counters: server.counters, log: log)
            try await body(gateway)
            group.cancelAll()
            try await group.waitForAll()
        }
        await core.stop()
    }

    var host: String { "127.0.0.1:\(port)" }

    static var basic: String { "Basic " + Data("ann:\(password)".utf8).base64EncodedString() }

    /// One request on a connection of its own.
    func ask(_ method: String = "GET", _ target: String, _ fields: [(String, String)] = [], body: String? = nil)
        async throws -> HTTPAnswer
    {
        let connection = try await RawConnection.open(port: port)
        var text = "\(method) \(target) HTTP/1.1\r\nHost: \(host)\r\nConnection: close\r\n"
        for (name, value) in fields { text += "\(name): \(value)\r\n" }
        if let body { text += "Content-Length: \(body.utf8.count)\r\n" }
        try await connection.send(text + "\r\n" + (body ?? ""))
        let received = await connection.receiveAll()
        guard let answer = HTTPAnswer(Array(received.utf8)) else { throw RawConnection.Closed() }
        return answer
    }

    /// A session of `role` in the store, as its cookie field.
    func session(_ role: Role = .admin) async throws -> (cookie: String, token: String, csrfToken: String) {
        let principal = Principal(provider: "basic", subject: "ann", name: "ann", role: role)
        let (token, session) = try await sessions.create(
            for: principal, credential: nil, userAgent: "test", address: "127.0.0.1")
        return ("\(cookieName)=\(token)", token, session.csrfToken)
    }
}
