import CoreServer
import Foundation
import Testing

@Suite struct ListeningTests {
    private func mode(_ path: String) throws -> Int {
        let attributes = try FileManager.default.attributesOfItem(atPath: path)
        return try #require(attributes[.posixPermissions] as? NSNumber).intValue
    }

    @Test(
        "The socket and its directory are for one user, or for one group when asked",
        arguments: [(UInt32(0o600), 0o600, 0o700), (0o660, 0o660, 0o750)])
    func modes(asked: UInt32, socket: Int, directory: Int) async throws {
        try await RunningCore.run {
            $0.listen = $0.listen.with(mode: asked)
        } _: { core, _ in
            #expect(try mode(core.socketPath) == socket)
            #expect(try mode("\(core.directory.path)/core") == directory)
            let left = try FileManager.default.contentsOfDirectory(atPath: "\(core.directory.path)/core")
            #expect(left == ["core.sock"])
        }
    }

    @Test("The socket is gone after the core has ended")
    func removed() async throws {
        let directory = try TemporaryDirectory()
        let path = "\(directory.path)/core.sock"
        try await RunningCore.run {
            $0.listen = .unix(path: path)
        } _: { _, _ in
            #expect(FileManager.default.fileExists(atPath: path))
        }
        #expect(try FileManager.default.contentsOfDirectory(atPath: directory.path).isEmpty)
    }

    @Test("A socket that nobody answers is replaced")
    func stale() async throws {
        let directory = try TemporaryDirectory()
        let path = "\(directory.path)/core.sock"
        try leaveStaleSocket(path)
        try await RunningCore.run {
            $0.listen = .unix(path: path)
        } _: { core, listener in
            let answer = try await RawConnection.open(listener) { try await $0.ask("GET", "/api/tasks") }
            #expect(answer.status == 401)
        }
    }

    @Test("A socket on which another process answers is left alone")
    func occupied() async throws {
        try await RunningCore.run { core, listener in
            await #expect(throws: CoreServerError.self) {
                try await RunningCore.start(
                    CoreConfiguration(listen: .unix(path: core.socketPath), keys: RunningCore.keys))
            }
            let answer = try await RawConnection.open(listener) { try await $0.ask("GET", "/api/tasks") }
            #expect(answer.status == 401)
        }
    }

    @Test("A file that is no socket is never removed")
    func file() async throws {
        let directory = try TemporaryDirectory()
        let path = "\(directory.path)/core.sock"
        try Data("mine".utf8).write(to: URL(filePath: path))
        let error = await #expect(throws: CoreServerError.self) {
            try await RunningCore.start(CoreConfiguration(listen: .unix(path: path), keys: RunningCore.keys))
        }
        #expect(error?.description.contains("something that is not a socket") == true)
        #expect(try Data(contentsOf: URL(filePath: path)) == Data("mine".utf8))
    }

    @Test(
        "A path that cannot be a socket is a clear error",
        arguments: [
            "relative.sock", "/tmp/", "/nonexistent/deep/down/core.sock", "/tmp/" + String(repeating: "x", count: 120),
        ])
    func badPath(path: String) async throws {
        let error = await #expect(throws: CoreServerError.self) {
            try await RunningCore.start(CoreConfiguration(listen: .unix(path: path), keys: RunningCore.keys))
        }
        #expect(error?.description.hasPrefix("cannot listen on unix:\(path): ") == true)
    }

    @Test("A port in use is a clear error, and ends the whole server")
    func portInUse() async throws {
        try await RunningCore.run {
            $0.listen = .tcp(host: "127.0.0.1", port: 0)
        } _: { _, listener in
            let error = await #expect(throws: CoreServerError.self) {
                try await RunningCore.start(CoreConfiguration(listen: listener, keys: RunningCore.keys))
            }
            #expect(error?.description == "cannot listen on \(listener.text): Address already in use")
        }
    }

    @Test("Only the configured user may connect")
    func peerUser() async throws {
        try await RunningCore.run {
            $0.peerUID = getuid()
        } _: { core, listener in
            let answer = try await RawConnection.open(listener) {
                try await $0.ask("GET", "/api/tasks", [("Calyx-Assertion", core.assertion(path: "/api/tasks"))])
            }
            #expect(answer.status == 200)
        }
        try await RunningCore.run {
            $0.peerUID = getuid() + 1
        } _: { core, listener in
            let request =
                "GET /api/tasks HTTP/1.1\r\nHost: core\r\nCalyx-Assertion: \(core.assertion(path: "/api/tasks"))\r\n\r\n"
            var received = ""
            do {
                received = try await RawConnection.open(listener) { connection in
                    try await connection.send(request)
                    return try await connection.read { !$0.isEmpty }
                }
            } catch {
                // Closed with the request unread: a reset.
            }
            #expect(received.isEmpty)
        }
    }

    @Test("Loopback works as well")
    func tcp() async throws {
        try await RunningCore.run {
            $0.listen = .tcp(host: "127.0.0.1", port: 0)
        } _: { core, listener in
            let answer = try await RawConnection.open(listener) {
                try await $0.ask("GET", "/api/tasks", [("Calyx-Assertion", core.assertion(path: "/api/tasks"))])
            }
            #expect(answer.status == 200)
        }
    }

    private func leaveStaleSocket(_ path: String) throws {
        let descriptor = socket(AF_UNIX, Int32(SOCK_STREAM.rawValue), 0)
        defer { close(descriptor) }
        var address = sockaddr_un()
        address.sun_family = sa_family_t(AF_UNIX)
        withUnsafeMutableBytes(of: &address.sun_path) { $0.copyBytes(from: Array(path.utf8)) }
        let bound = withUnsafePointer(to: &address) {
            $0.withMemoryRebound(to: sockaddr.self, capacity: 1) {
                bind(descriptor, $0, socklen_t(MemoryLayout<sockaddr_un>.size))
            }
        }
        try #require(bound == 0)
    }
}

extension CoreConfiguration.Listener {
    fileprivate func with(mode: UInt32) -> CoreConfiguration.Listener {
        guard case .unix(let path, _) = self else { return self }
        return .unix(path: path, mode: mode)
    }
}
