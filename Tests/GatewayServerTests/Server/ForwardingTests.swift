import Foundation
import Identity
import SessionStore
import Testing

@testable import GatewayServer

@Suite("Forwarding")
struct ForwardingTests {
    @Test("sends the core what it reads, an assertion, and nothing else of the client")
    func scrubbing() async throws {
        try await TestGateway.run { gateway in
            let session = try await gateway.session()
            let answer = try await gateway.ask(
                "GET", "/api/%77orkers?refresh=%2f",
                [
                    ("Cookie", "\(session.cookie); other=1"), ("Authorization", "Basic RVZJTA=="),
                    ("X-Calyx-User", "EVIL"), ("Calyx-Assertion", "EVIL"), ("X-Forwarded-For", "6.6.6.6"),
                    ("X-Forwarded-Uri", "/healthcheck"), ("Accept", "application/json"), ("TE", "trailers"),
                    ("X-HTTP-Method-Override", "POST"), ("If-None-Match", "\"e\""),
                ])
            #expect(answer.status == 200)
            #expect(answer.body == "{\"path\":\"/api/workers?refresh=%2f\"}")
            let request = try #require(gateway.core.requests.first)
            #expect(request.head.hasPrefix("GET /api/workers?refresh=%2f HTTP/1.1\r\n"))
            let names = request.head.split(separator: "\r\n").dropFirst().map {
                $0.prefix { $0 != ":" }.lowercased()
            }
            #expect(Set(names) == ["host", "accept", "if-none-match", "calyx-assertion"])
            for secret in ["EVIL", "6.6.6.6", session.token, "other=1"] { #expect(!request.head.contains(secret)) }

            let assertion = try gateway.keys.verify(
                request.field("calyx-assertion"), method: "GET", path: "/api/workers", now: WallClock.seconds())
            #expect(assertion.principal.name == "ann")
            #expect(assertion.principal.role == .admin)
            #expect(assertion.csrfToken == session.csrfToken)
            #expect(assertion.requestID == answer["x-request-id"])
        }
    }

    @Test("passes answers on without what is the gateway's own business")
    func answers() async throws {
        try await TestGateway.run(configure: { $0.prefix = PathPrefix("/flower") ?? .none }) { gateway in
            let answer = try await gateway.ask("GET", "/flower/secretive", [("Authorization", TestGateway.basic)])
            #expect(answer.status == 302)
            #expect(answer["location"] == "/flower/tasks?x=1")
            for name in ["set-cookie", "server", "calyx-audit", "access-control-allow-origin"] {
                #expect(answer[name] == nil)
            }
            #expect(answer.all("x-request-id").count == 1 && answer["x-request-id"] != "mine")
            #expect(answer["cache-control"] == "no-store")
            #expect(answer.all("x-content-type-options") == ["nosniff"])
            #expect(answer["content-security-policy"]?.contains("default-src 'none'") == true)
            #expect(answer["referrer-policy"] == "same-origin")

            let asset = try await gateway.ask("GET", "/flower/static/calyx.css", [("Authorization", TestGateway.basic)])
            #expect(asset["cache-control"] == "public, max-age=31536000, immutable")
        }
    }

    @Test("answers HEAD without a body")
    func head() async throws {
        try await TestGateway.run { gateway in
            let cookie = try await gateway.session().cookie
            let connection = try await RawConnection.open(port: gateway.port)
            let head = "Host: \(gateway.host)\r\nCookie: \(cookie)\r\n"
            try await connection.send("HEAD /bodiless HTTP/1.1\r\n\(head)\r\n")
            let received = try await connection.receive(until: "\r\n\r\n")
            #expect(received.hasPrefix("HTTP/1.1 200 OK") && received.contains("content-length: 7"))
            try await connection.send("HEAD /login/ HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n")
            let own = await connection.receiveAll()
            #expect(own.hasPrefix("HTTP/1.1 200 OK") && own.hasSuffix("\r\n\r\n") && own.contains("\r\ndate: "))
            #expect(gateway.core.requests.map(\.head.first) == ["H"])
        }
    }

    @Test("streams bodies in both directions")
    func bodies() async throws {
        try await TestGateway.run { gateway in
            let basic = ("Authorization", TestGateway.basic)
            let body = String(repeating: "b", count: 200_000)
            let echo = try await gateway.ask("POST", "/echo", [basic], body: body)
            #expect(echo.body == body)
            let big = try await gateway.ask("GET", "/big", [basic])
            #expect(big.body.utf8.count == 64 * 65_536)

            let connection = try await RawConnection.open(port: gateway.port)
            try await connection.send(
                "POST /echo HTTP/1.1\r\nHost: \(gateway.host)\r\nAuthorization: \(TestGateway.basic)\r\n"
                    + "Transfer-Encoding: chunked\r\n\r\n3\r\nabc\r\n")
            try await connection.send("4\r\ndefg\r\n0\r\nX-Trailer: EVIL\r\n\r\n")
            let answer = try await connection.receiveAnswer()
            #expect(answer.status == 200)
            #expect(answer.body.contains("abc") && answer.body.contains("defg") && !answer.body.contains("EVIL"))
            await connection.close()
        }
    }

    @Test("uses core connections again")
    func keepAlive() async throws {
        try await TestGateway.run(configure: { $0.limits.coreConnections = 1 }) { gateway in
            let cookie = try await gateway.session().cookie
            let connection = try await RawConnection.open(port: gateway.port)
            for number in 0..<20 {
                try await connection.send(
                    "GET /tasks?n=\(number) HTTP/1.1\r\nHost: \(gateway.host)\r\nCookie: \(cookie)\r\n\r\n")
                let answer = try await connection.receiveAnswer()
                #expect(answer.body == "{\"path\":\"/tasks?n=\(number)\"}")
            }
            #expect(gateway.core.connections == 1)
            await connection.close()
        }
    }

    @Test("answers pipelined requests in order, each with its own identity")
    func pipelining() async throws {
        try await TestGateway.run { gateway in
            let cookie = try await gateway.session().cookie
            let connection = try await RawConnection.open(port: gateway.port)
            let head = "Host: \(gateway.host)\r\n"
            try await connection.send(
                "GET /tasks HTTP/1.1\r\n\(head)Cookie: \(cookie)\r\n\r\nGET /tasks?second HTTP/1.1\r\n\(head)\r\n"
                    + "GET /healthcheck HTTP/1.1\r\n\(head)Connection: close\r\n\r\n")
            let received = await connection.receiveAll()
            let statuses = received.components(separatedBy: "HTTP/1.1 ").dropFirst().map { $0.prefix(3) }
            #expect(statuses == ["200", "401", "200"])
            #expect(gateway.core.requests.count == 1)
        }
    }

    @Test("answers everything that a client sent before it ended its side, then closes")
    func halfClosed() async throws {
        try await TestGateway.run { gateway in
            let cookie = try await gateway.session().cookie
            let connection = try await RawConnection.open(port: gateway.port)
            let request = "GET /tasks HTTP/1.1\r\nHost: \(gateway.host)\r\nCookie: \(cookie)\r\n\r\n"
            try await connection.send(request + request)
            try await connection.endSending()
            let received = await connection.receiveAll()
            #expect(received.components(separatedBy: "HTTP/1.1 200 OK").count == 3)
        }
    }

    @Test("passes events on as they come, and lets the core know when nobody listens any more")
    func events() async throws {
        try await TestGateway.run { gateway in
            let cookie = try await gateway.session().cookie
            let connection = try await RawConnection.open(port: gateway.port)
            try await connection.send(
                "GET /live HTTP/1.1\r\nHost: \(gateway.host)\r\nCookie: \(cookie)\r\nAccept: text/event-stream\r\n\r\n")
            let head = try await connection.receive(until: "\r\n\r\n")
            #expect(head.contains("text/event-stream") && head.contains("x-accel-buffering: no"))
            for number in 0..<3 {
                gateway.core.stream("10\r\nid: \(number)\ndata: x\n\n\n\r\n")
                _ = try await connection.receive(until: "id: \(number)")
            }
            #expect(gateway.counters.openStreams == 1)
            await connection.close()
            try await gateway.core.streamClosed()
        }
    }

    @Test("ends the stream of a session that has ended")
    func endedSession() async throws {
        try await TestGateway.run(configure: { $0.limits.sessionRecheckTime = 0 }) { gateway in
            let session = try await gateway.session()
            let connection = try await RawConnection.open(port: gateway.port)
            try await connection.send(
                "GET /live HTTP/1.1\r\nHost: \(gateway.host)\r\nCookie: \(session.cookie)\r\nAccept: text/event-stream\r\n\r\n"
            )
            _ = try await connection.receive(until: "\r\n\r\n")
            try await gateway.sessions.end(token: session.token)
            _ = await connection.receiveAll()
            try await gateway.core.streamClosed()
        }
    }

    @Test("tells browsers to come back when it stops, and finishes what is in progress")
    func shutdown() async throws {
        let stream = OpenStream()
        try await TestGateway.run { gateway in
            let cookie = try await gateway.session().cookie
            let connection = try await RawConnection.open(port: gateway.port)
            try await connection.send(
                "GET /live HTTP/1.1\r\nHost: \(gateway.host)\r\nCookie: \(cookie)\r\nAccept: text/event-stream\r\n\r\n")
            _ = try await connection.receive(until: "\r\n\r\n")
            await stream.keep(connection)
        }
        let rest = await stream.connection?.receiveAll()
        #expect(rest?.contains("retry: 2000\n\n") == true)
        #expect(rest?.hasSuffix("0\r\n\r\n") == true)
    }

    @Test("makes a truncated answer visible as one", arguments: ["/truncated", "/chunks"])
    func truncated(path: String) async throws {
        try await TestGateway.run { gateway in
            let connection = try await RawConnection.open(port: gateway.port)
            let cookie = try await gateway.session().cookie
            try await connection.send("GET \(path) HTTP/1.1\r\nHost: \(gateway.host)\r\nCookie: \(cookie)\r\n\r\n")
            let received = await connection.receiveAll()
            #expect(received.hasPrefix("HTTP/1.1 200 OK"))
            #expect(!received.hasSuffix("0\r\n\r\n"))
            // The log is written a moment later.
            while !gateway.log.text.contains("core_truncated") { try await Task.sleep(for: .milliseconds(10)) }
        }
    }

    @Test("answers 502 without internals when the core does not answer", arguments: ["/gone", "/nonsense"])
    func badGateway(path: String) async throws {
        try await TestGateway.run { gateway in
            let answer = try await gateway.ask("GET", path, [("Authorization", TestGateway.basic)])
            #expect(answer.status == 502)
            #expect(answer["content-type"] == "application/problem+json")
            #expect(!answer.body.contains("sock") && !answer.body.contains("core"))
            let page = try await gateway.ask(
                "GET", path, [("Cookie", try await gateway.session().cookie), ("Accept", "text/html")])
            #expect(page.status == 502 && page.body.contains("<!doctype html>"))
        }
    }

    @Test("answers 502 when there is no core")
    func noCore() async throws {
        try await TestGateway.run(configure: { $0.core = .unix(path: "/nonexistent/core.sock") }) { gateway in
            let answer = try await gateway.ask("GET", "/api/workers", [("Authorization", TestGateway.basic)])
            #expect(answer.status == 502)
            #expect(!answer.body.contains("nonexistent"))
        }
    }
}

private actor OpenStream {
    private(set) var connection: RawConnection?

    func keep(_ connection: RawConnection) { self.connection = connection }
}
