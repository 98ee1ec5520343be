import OutboundHTTP
import RawHTTPServer
import Testing

@Suite("Outbound requests")
struct OutboundHTTPClientTests {
    private func client(
        _ server: RawHTTPServer, change: (inout OutboundHTTPConfiguration) -> Void = { _ in }
    ) throws -> OutboundHTTPClient {
        var configuration = OutboundHTTPConfiguration(allowedOrigins: [try #require(OutboundOrigin(server.url))])
        change(&configuration)
        return OutboundHTTPClient(configuration: configuration)
    }

    private func code(
        _ client: OutboundHTTPClient, _ request: OutboundRequest
    ) async -> OutboundHTTPError.Code? {
        do throws(OutboundHTTPError) {
            _ = try await client.send(request)
            return nil
        } catch {
            return error.code
        }
    }

    @Test("A form is posted with its fields, and status, fields and body come back")
    func post() async throws {
        let server = try RawHTTPServer { _ in .answer(201, "{\"ok\":true}", headers: ["X-Two: a", "x-two: b"]) }
        defer { server.stop() }
        let response = try await client(server).send(
            OutboundRequest(
                .post, "\(server.url)/token?x=1", headers: [("Accept", "application/json"), ("X-Empty", "")],
                body: Array("a=b".utf8)))
        #expect(response.status == 201)
        #expect(String(decoding: response.body, as: UTF8.self) == "{\"ok\":true}")
        #expect(response.header("content-type") == "application/json")
        #expect(response.headers.filter { $0.name.lowercased() == "x-two" }.map(\.value) == ["a", "b"])
        let request = try #require(server.requests.first)
        #expect(request.method == "POST")
        #expect(request.target == "/token?x=1")
        #expect(request.body == "a=b")
        #expect(request.headers["accept"] == "application/json")
        #expect(request.headers["x-empty"] == "")
        #expect(request.headers["expect"] == nil)
        #expect(request.headers["user-agent"] == "Calyx")
    }

    @Test("A handle that is used again carries nothing over from the request before")
    func reuse() async throws {
        let server = try RawHTTPServer { _ in .answer(200, "x", headers: ["Set-Cookie: a=b; Path=/"]) }
        defer { server.stop() }
        let client = try client(server) { $0.threads = 1 }
        _ = try await client.send(
            OutboundRequest(.post, "\(server.url)/1", headers: [("Authorization", "Bearer s")], body: [1, 2, 3]))
        _ = try await client.send(OutboundRequest(.get, "\(server.url)/2"))
        let second = try #require(server.requests.last)
        #expect(second.method == "GET")
        #expect(second.headers["authorization"] == nil)
        #expect(second.headers["cookie"] == nil)
        #expect(second.headers["content-length"] == nil)
    }

    @Test("Only configured origins are called; another port or scheme is another origin")
    func allowList() async throws {
        let server = try RawHTTPServer { _ in .answer() }
        let other = try RawHTTPServer { _ in .answer() }
        defer {
            server.stop()
            other.stop()
        }
        let client = try client(server)
        #expect(await code(client, OutboundRequest(.get, "\(other.url)/")) == .originNotAllowed)
        #expect(await code(client, OutboundRequest(.get, "https://127.0.0.1:\(server.port)/")) == .originNotAllowed)
        #expect(await code(client, OutboundRequest(.get, "http://localhost:\(server.port)/")) == .originNotAllowed)
        #expect(await code(client, OutboundRequest(.get, "file:///etc/passwd")) == .invalidRequest)
        #expect(other.requests.isEmpty)
    }

    @Test("Fields that would break out of their line are refused", arguments: ["a\r\nX: y", "a\u{0}b", "a\nb"])
    func injection(value: String) async throws {
        let server = try RawHTTPServer { _ in .answer() }
        defer { server.stop() }
        let client = try client(server)
        #expect(await code(client, OutboundRequest(.get, server.url, headers: [("X", value)])) == .invalidRequest)
        #expect(await code(client, OutboundRequest(.get, server.url, headers: [(value, "x")])) == .invalidRequest)
        #expect(server.requests.isEmpty)
    }

    @Test("A redirect is an error, and its target is not called", arguments: [301, 302, 303, 307, 308])
    func redirect(status: Int) async throws {
        let target = try RawHTTPServer { _ in .answer() }
        let server = try RawHTTPServer { _ in .answer(status, headers: ["Location: \(target.url)/"]) }
        defer {
            server.stop()
            target.stop()
        }
        let client = try client(server) {
            if let origin = OutboundOrigin(target.url) { $0.allowedOrigins.insert(origin) }
        }
        #expect(await code(client, OutboundRequest(.get, server.url)) == .redirected)
        #expect(target.requests.isEmpty)
    }

    @Test("A body beyond the limit is broken off, declared or endless")
    func oversized() async throws {
        let declared = try RawHTTPServer { _ in .answer(200, String(repeating: "a", count: 5000)) }
        let endless = try RawHTTPServer { _ in
            .endless(Array("HTTP/1.1 200 OK\r\n\r\n".utf8), [UInt8](repeating: 0x61, count: 1000))
        }
        let headers = try RawHTTPServer { _ in
            .endless(Array("HTTP/1.1 200 OK\r\n".utf8), Array("X-Header: aaaaaaaaaaaaaaaaaaaaaaaaaaaaaa\r\n".utf8))
        }
        for server in [declared, endless, headers] {
            defer { server.stop() }
            let client = try client(server) { $0.maximumBodyBytes = 4000 }
            #expect(await code(client, OutboundRequest(.get, server.url)) == .responseTooLarge)
        }
    }

    @Test("A server that says nothing is given up at the deadline")
    func silence() async throws {
        let server = try RawHTTPServer { _ in .silence }
        defer { server.stop() }
        let client = try client(server) { $0.totalTimeout = .milliseconds(200) }
        #expect(await code(client, OutboundRequest(.get, server.url)) == .timedOut)
    }

    @Test("Answers that are no HTTP, and closed ports, are errors of their own")
    func broken() async throws {
        let server = try RawHTTPServer { _ in .bytes(Array("no http at all\r\n\r\n".utf8)) }
        let client = try client(server)
        #expect(
            [.transferFailed, .invalidRequest].contains(await code(client, OutboundRequest(.get, server.url))))
        server.stop()
        let closed = try RawHTTPServer { _ in .answer() }
        let clientOfClosed = try self.client(closed)
        closed.stop()
        #expect(await code(clientOfClosed, OutboundRequest(.get, closed.url)) == .connectFailed)
    }

    @Test("Cancelling the task ends a transfer that would have gone on")
    func cancellation() async throws {
        let server = try RawHTTPServer { _ in .silence }
        defer { server.stop() }
        let client = try client(server) { $0.totalTimeout = .seconds(300) }
        let task = Task { await code(client, OutboundRequest(.get, server.url)) }
        while server.requests.isEmpty { await Task.yield() }
        task.cancel()
        #expect(await task.value == .cancelled)
    }

    @Test("More requests than may wait are refused at once")
    func overload() async throws {
        let server = try RawHTTPServer { _ in .silence }
        defer { server.stop() }
        let client = try client(server) {
            $0.threads = 1
            $0.queueLimit = 0
            $0.totalTimeout = .seconds(300)
        }
        let first = Task { await code(client, OutboundRequest(.get, server.url)) }
        while server.requests.isEmpty { await Task.yield() }
        #expect(await code(client, OutboundRequest(.get, server.url)) == .overloaded)
        first.cancel()
        _ = await first.value
    }
}
