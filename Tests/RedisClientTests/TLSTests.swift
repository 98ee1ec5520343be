import Foundation
import NIOCore
import NIOPosix
import RedisClient
import RedisTestServer
import Testing

@Suite("TLS to a real Redis", .timeLimit(.minutes(2))) struct TLSTests {
    /// A certificate authority, a certificate for localhost and one for a client, made with openssl.
    private struct Certificates {
        let folder: String

        init() throws {
            folder =
                FileManager.default.temporaryDirectory.appending(path: "calyx-tls-\(UUID().uuidString.prefix(8))").path
            try FileManager.default.createDirectory(atPath: folder, withIntermediateDirectories: true)
            try openssl("req -x509 -newkey rsa:2048 -nodes -keyout ca.key -out ca.pem -days 2 -subj /CN=test-ca")
            for (name, subject) in [("server", "localhost"), ("client", "monitor")] {
                try Data("subjectAltName=DNS:\(subject)\n".utf8).write(to: URL(filePath: "\(folder)/\(name).ext"))
                try openssl("req -newkey rsa:2048 -nodes -keyout \(name).key -out \(name).csr -subj /CN=\(subject)")
                try openssl(
                    "x509 -req -in \(name).csr -CA ca.pem -CAkey ca.key -CAcreateserial -out \(name).pem -days 2 "
                        + "-extfile \(name).ext")
            }
        }

        private func openssl(_ arguments: String) throws {
            let process = Process()
            process.executableURL = URL(filePath: "/usr/bin/env")
            process.arguments = ["openssl"] + arguments.split(separator: " ").map(String.init)
            process.currentDirectoryURL = URL(filePath: folder)
            process.standardError = FileHandle.nullDevice
            process.standardOutput = FileHandle.nullDevice
            try process.run()
            process.waitUntilExit()
            try #require(process.terminationStatus == 0, "openssl \(arguments)")
        }
    }

    private func server(_ files: Certificates, clientCertificates: String) async throws -> RedisTestServer {
        try await RedisTestServer([
            "--tls-port", "--tls-cert-file", files.folder + "/server.pem", "--tls-key-file",
            files.folder + "/server.key", "--tls-ca-cert-file", files.folder + "/ca.pem", "--tls-auth-clients",
            clientCertificates,
        ])
    }

    private func failure(_ endpoint: RedisEndpoint) async -> RedisError? {
        do throws(RedisError) {
            try await RedisConnection.connect(to: endpoint, on: MultiThreadedEventLoopGroup.singleton).close()
            return nil
        } catch {
            return error
        }
    }

    @Test("Trust, host name and client certificate decide, each with its own sentence")
    func verification() async throws {
        let files = try Certificates()
        defer { try? FileManager.default.removeItem(atPath: files.folder) }
        let server = try await server(files, clientCertificates: "no")
        func endpoint(_ host: String, _ query: String) throws -> RedisEndpoint {
            try RedisURL("rediss://\(host):\(server.port)/0?\(query)").endpoint
        }
        let authority = "ssl_ca_certs=\(files.folder)/ca.pem"
        #expect(await failure(try endpoint("localhost", authority)) == nil)
        #expect(await failure(try endpoint("localhost", "ssl_cert_reqs=none")) == nil)
        #expect(await failure(try endpoint("127.0.0.1", authority + "&ssl_check_hostname=false")) == nil)

        let untrusted = await failure(try endpoint("localhost", ""))
        #expect(untrusted?.kind == .tls)
        #expect(untrusted?.message.contains("not trusted") == true, "\(untrusted?.message ?? "none")")
        let otherName = await failure(try endpoint("127.0.0.1", authority))
        #expect(otherName?.message.contains("for another name") == true, "\(otherName?.message ?? "none")")
        let noFile = await failure(try endpoint("localhost", "ssl_ca_certs=\(files.folder)/none.pem"))
        #expect(noFile?.kind == .tls)
        #expect(noFile?.message.contains("none.pem") == true, "\(noFile?.message ?? "none")")
        var clear = try endpoint("localhost", "")
        clear.tls = nil
        #expect([.closed, .protocolViolation].contains(await failure(clear)?.kind))
    }

    @Test("TLS to a server that does not speak it is told")
    func noTLSThere() async throws {
        let server = try await RedisTestServer()
        var endpoint = server.tcp
        endpoint.tls = RedisTLS(verification: .none)
        let error = await failure(endpoint)
        #expect(error?.message.contains("Does it speak TLS there") == true, "\(error?.message ?? "none")")
    }

    @Test("A master is found through a Sentinel when both speak TLS")
    func sentinel() async throws {
        let files = try Certificates()
        defer { try? FileManager.default.removeItem(atPath: files.folder) }
        let master = try await server(files, clientCertificates: "no")
        let tls = RedisTLS(
            verification: .withoutHostname, authorityFile: files.folder + "/ca.pem",
            certificateFile: files.folder + "/server.pem", keyFile: files.folder + "/server.key")
        let sentinel = try RedisTestSentinel(watching: master, tls: tls)
        var endpoint = sentinel.endpoint
        var last: RedisError?
        for _ in 0..<200 {
            last = await failure(endpoint)
            if last == nil { break }
            try await Task.sleep(for: .milliseconds(50))
        }
        #expect(last == nil, "\(last?.message ?? "none")")

        guard case .sentinel(var watch) = endpoint.address else { return }
        watch.tls = RedisTLS()
        endpoint.address = .sentinel(watch)
        #expect(await failure(endpoint)?.kind == .tls, "a Sentinel that is not trusted names no master")
    }

    @Test("Events come over TLS with a client certificate")
    func subscription() async throws {
        let files = try Certificates()
        defer { try? FileManager.default.removeItem(atPath: files.folder) }
        let server = try await server(files, clientCertificates: "yes")
        let query = "ssl_ca_certs=\(files.folder)/ca.pem"
        let endpoint = try RedisURL(
            "rediss://localhost:\(server.port)/0?\(query)&ssl_certfile=\(files.folder)/client.pem"
                + "&ssl_keyfile=\(files.folder)/client.key"
        ).endpoint
        let group = MultiThreadedEventLoopGroup.singleton
        let collector = MessageCollector()
        let subscription = try await RedisSubscription.subscribe(
            to: ["e"], at: endpoint, on: group, receiver: collector)
        let connection = try await RedisConnection.connect(to: endpoint, on: group)
        for batch in 0..<20 {
            _ = try await connection.send(
                (0..<500).map {
                    RedisCommand("PUBLISH", "e", "\(batch * 500 + $0) " + String(repeating: "x", count: 300))
                })
        }
        await collector.wait(for: 10_000)
        let numbers = collector.messages.compactMap { Int(String(decoding: $0.prefix { $0 != 0x20 }, as: UTF8.self)) }
        #expect(numbers == Array(0..<10_000))
        subscription.close()
        connection.close()

        let without = try RedisURL("rediss://localhost:\(server.port)/0?\(query)").endpoint
        #expect(await failure(without) != nil)
    }
}
