import Foundation
package import RedisClient
import Synchronization

/// A Redis Sentinel of a test's own that watches one master; stopped by its pid.
package final class RedisTestSentinel: Sendable {
    package static let master = "main"

    package let port: Int
    private let directory: String
    private let tls: RedisTLS?
    private let process = Mutex<Process?>(nil)

    /// An endpoint whose server is the master that this Sentinel names.
    package var endpoint: RedisEndpoint {
        let node = RedisSentinel.Node(host: "127.0.0.1", port: port)
        return RedisEndpoint(
            address: .sentinel(RedisSentinel(nodes: [node], master: Self.master, tls: tls)), tls: tls)
    }

    /// With `tls`, Sentinel and master speak it, both with the certificate of `tls`.
    package init(watching server: RedisTestServer, tls: RedisTLS? = nil) throws {
        self.tls = tls
        port = try RedisTestServer.freePort()
        directory =
            FileManager.default.temporaryDirectory.appending(path: "calyx-sentinel-\(UUID().uuidString.prefix(8))")
            .path
        try FileManager.default.createDirectory(atPath: directory, withIntermediateDirectories: true)
        let listening =
            if let tls {
                """
                port 0
                tls-port \(port)
                tls-replication yes
                tls-auth-clients no
                tls-cert-file \(tls.certificateFile ?? "")
                tls-key-file \(tls.keyFile ?? "")
                tls-ca-cert-file \(tls.authorityFile ?? "")
                """
            } else {
                "port \(port)"
            }
        let configuration = """
            \(listening)
            bind 127.0.0.1
            dir \(directory)
            logfile \(directory)/sentinel.log
            sentinel monitor \(Self.master) 127.0.0.1 \(server.port) 1
            sentinel down-after-milliseconds \(Self.master) 500
            sentinel failover-timeout \(Self.master) 5000
            """
        try configuration.write(toFile: directory + "/sentinel.conf", atomically: true, encoding: .utf8)
        let process = Process()
        process.executableURL = URL(filePath: "/usr/bin/env")
        process.arguments = ["redis-server", directory + "/sentinel.conf", "--sentinel"]
        try process.run()
        self.process.withLock { $0 = process }
    }

    deinit {
        if let process = process.withLock({ $0.take() }) {
            _ = Foundation.kill(process.processIdentifier, SIGKILL)
            process.waitUntilExit()
        }
        try? FileManager.default.removeItem(atPath: directory)
    }
}
