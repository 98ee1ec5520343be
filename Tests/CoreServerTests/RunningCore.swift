import CeleryBroker
import ClusterState
import CoreServer
import FlowerAPI
import Foundation
import Identity
import Logging
import ServiceLifecycle
import Testing
import WebPages

/// A core that listens while a test runs, over a real cluster.
final class RunningCore: Sendable {
    static let keys: AssertionKeys = {
        guard let keys = AssertionKeys([[UInt8](repeating: 7, count: 32)]) else { preconditionFailure("a good key") }
        return keys
    }()

    /// Unix seconds, all the time.
    static let now = 1_000_000.0

    let directory: TemporaryDirectory
    let cluster: Cluster
    let broker = BrokerDouble()
    let listening = AsyncStream<CoreConfiguration.Listener>.makeStream()

    var socketPath: String { "\(directory.path)/core/core.sock" }

    private init() throws {
        directory = try TemporaryDirectory()
        cluster = Cluster(now: { Self.now })
    }

    /// Runs `test` against a listening core, and then ends the core gracefully, which must work.
    static func run(
        _ change: (inout CoreConfiguration) -> Void = { _ in },
        _ test: @escaping @Sendable (RunningCore, CoreConfiguration.Listener) async throws -> Void
    ) async throws {
        let core = try RunningCore()
        var configuration = CoreConfiguration(listen: .unix(path: core.socketPath), keys: keys)
        change(&configuration)
        let group = ServiceGroup(configuration: .init(services: [core.server(configuration)], logger: quiet))
        let expected = configuration.adminListen == nil ? 1 : 2
        try await withThrowingTaskGroup(of: Void.self) { tasks in
            tasks.addTask { try await group.run() }
            tasks.addTask {
                var bound: [CoreConfiguration.Listener] = []
                for await listener in core.listening.stream {
                    bound.append(listener)
                    if bound.count == expected { break }
                }
                let main = try #require(bound.first { $0.text.hasPrefix("unix:") } ?? bound.first)
                let admin = bound.first { $0 != main }
                do {
                    try await test(core, admin ?? main)
                } catch {
                    await group.triggerGracefulShutdown()
                    throw error
                }
                await group.triggerGracefulShutdown()
            }
            try await tasks.waitForAll()
        }
    }

    /// The server alone, for tests of its start.
    static func start(_ configuration: CoreConfiguration) async throws {
        let core = try RunningCore()
        let group = ServiceGroup(configuration: .init(services: [core.server(configuration)], logger: quiet))
        try await group.run()
    }

    func assertion(
        method: String = "GET", path: String, role: Role = .viewer, name: String = "ada", expires: Int64? = nil,
        keys: AssertionKeys = RunningCore.keys
    ) -> String {
        keys.sign(
            RequestAssertion(
                principal: Principal(provider: "basic", subject: name, name: name, role: role), method: method,
                path: path, csrfToken: "token", requestID: "request",
                expires: expires ?? Int64(Self.now) + 30))
    }

    /// One event as a worker publishes it.
    func event(_ type: String, _ fields: [String: Any]) throws {
        let now = Self.now
        var body: [String: Any] = [
            "type": type, "hostname": "w1@lab", "timestamp": now, "utcoffset": 0, "pid": 7, "clock": 1, "freq": 2.0,
        ]
        body.merge(fields) { _, new in new }
        let envelope: [String: Any] = [
            "body": try JSONSerialization.data(withJSONObject: body, options: .withoutEscapingSlashes)
                .base64EncodedString(),
            "content-encoding": "utf-8", "content-type": "application/json", "headers": ["hostname": "w1@lab"],
            "properties": ["delivery_mode": 1, "body_encoding": "base64", "priority": 0],
        ]
        let payload = try JSONSerialization.data(withJSONObject: envelope, options: .withoutEscapingSlashes)
        cluster.receive(at: now) { take in payload.withUnsafeBytes { take($0) } }
    }

    private func server(_ configuration: CoreConfiguration) -> CoreServer {
        CoreServer(
            configuration: configuration, cluster: cluster, broker: broker,
            pages: WebPages(
                cluster: cluster, broker: broker, results: Self.noResults,
                instance: InstanceInfo(version: "1", clusterName: "lab"), now: { Self.now }),
            api: FlowerAPI(
                cluster: cluster, broker: broker, control: broker, publisher: broker,
                results: Self.noResults, now: { Self.now }),
            logger: Self.quiet, now: { Self.now },
            onListening: { [listening] in listening.continuation.yield($0) })
    }

    private static let noResults = UnsupportedResults(kind: .none, url: nil, problem: "There is none.")

    private static var quiet: Logger {
        var logger = Logger(label: "test")
        logger.logLevel = .critical
        return logger
    }
}

/// A private directory that is gone with its owner.
final class TemporaryDirectory: Sendable {
    let path: String

    init() throws {
        var template = Array("/tmp/core-XXXXXX".utf8CString)
        let made = try #require(mkdtemp(&template))
        path = String(cString: made)
    }

    deinit { try? FileManager.default.removeItem(atPath: path) }
}
