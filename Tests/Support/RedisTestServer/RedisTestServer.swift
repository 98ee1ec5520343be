import Foundation
import NIOCore
import NIOPosix
package import RedisClient
import Synchronization

/// A redis-server of a test's own, on a unix socket and a TCP port in a temporary directory; stopped by its pid.
package final class RedisTestServer: Sendable {
    package let directory: String
    package let port: Int
    private let arguments: [String]
    private let process = Mutex<Process?>(nil)

    package var socketPath: String { directory + "/redis.sock" }
    package var tcp: RedisEndpoint { RedisEndpoint(address: .tcp(host: "127.0.0.1", port: port)) }
    package var unix: RedisEndpoint { RedisEndpoint(address: .unix(path: socketPath)) }

    /// Starts a server with further `arguments` and returns when it answers.
    package init(_ arguments: [String] = [], directory: String? = nil) async throws {
        let made = FileManager.default.temporaryDirectory.appending(path: "calyx-redis-\(UUID().uuidString.prefix(8))")
        self.directory = directory ?? made.path
        try FileManager.default.createDirectory(atPath: self.directory, withIntermediateDirectories: true)
        port = try Self.freePort()
        self.arguments = arguments
        try await start()
    }

    deinit {
        kill()
        try? FileManager.default.removeItem(atPath: directory)
    }

    /// Starts the server again after `kill()`.
    package func start() async throws {
        let process = Process()
        process.executableURL = URL(filePath: "/usr/bin/env")
        let usesTLS = arguments.contains("--tls-port")
        process.arguments =
            [
                "redis-server", "--unixsocket", socketPath, "--dir", directory, "--save", "", "--bind", "127.0.0.1",
                "--port", usesTLS ? "0" : String(port), "--logfile", directory + "/redis.log",
            ] + (usesTLS ? ["--tls-port", String(port)] : []) + arguments.filter { $0 != "--tls-port" }
        try process.run()
        self.process.withLock { $0 = process }
        for _ in 0..<1000 {
            if let channel = try? await ClientBootstrap(group: MultiThreadedEventLoopGroup.singleton)
                .connect(unixDomainSocketPath: socketPath).get()
            {
                try await channel.close()
                return
            }
            try await Task.sleep(for: .milliseconds(10))
        }
        throw RedisTestServerError(description: "redis-server did not come up; see \(directory)/redis.log")
    }

    /// Ends the server at once and waits for its end.
    package func kill() {
        guard let process = process.withLock({ $0.take() }) else { return }
        _ = Foundation.kill(process.processIdentifier, SIGCONT)
        _ = Foundation.kill(process.processIdentifier, SIGKILL)
        process.waitUntilExit()
        try? FileManager.default.removeItem(atPath: socketPath)
    }

    package func pause() { signal(SIGSTOP) }

    package func resume() { signal(SIGCONT) }

    private func signal(_ number: Int32) {
        guard let pid = process.withLock({ $0?.processIdentifier }) else { return }
        _ = Foundation.kill(pid, number)
    }

    package static func freePort() throws -> Int {
        let channel = try ServerBootstrap(group: MultiThreadedEventLoopGroup.singleton)
            .bind(host: "127.0.0.1", port: 0).wait()
        defer { try? channel.close().wait() }
        return channel.localAddress?.port ?? 0
    }
}

struct RedisTestServerError: Error, CustomStringConvertible {
    let description: String
}
