import Testing

@testable import GatewayServer

@Suite("Deadlines")
struct DeadlineTests {
    @Test("end a connection that sends nothing, or stops inside a head", arguments: ["", "GET / HTTP/1.1\r\nHo"])
    func head(start: String) async throws {
        try await TestGateway.run(configure: { $0.limits.headTime = 0 }) { gateway in
            let connection = try await RawConnection.open(port: gateway.port)
            // On a busy machine the end may come before there was time to send.
            try? await connection.send(start)
            #expect(await connection.receiveAll().isEmpty)
        }
    }

    @Test("end an idle connection, but not between the requests of a busy one")
    func idle() async throws {
        try await TestGateway.run(configure: { $0.limits.idleTime = 0 }) { gateway in
            let connection = try await RawConnection.open(port: gateway.port)
            try await connection.send("GET /healthcheck HTTP/1.1\r\nHost: a\r\n\r\n")
            #expect(try await connection.receiveAnswer().status == 200)
            #expect(await connection.receiveAll().isEmpty)
        }
    }

    @Test("end a TLS handshake that does not go on")
    func handshake() async throws {
        let files = try TestCertificate.write()
        defer { TestCertificate.remove(files) }
        try await TestGateway.run(
            configure: {
                $0.tls = files
                $0.limits.handshakeTime = 0
            },
            { gateway in
                let connection = try await RawConnection.open(port: gateway.port)
                #expect(await connection.receiveAll().isEmpty)
            })
    }

    @Test("end a body that comes too slowly, with 408 or by giving up on the core")
    func body() async throws {
        try await TestGateway.run(
            configure: {
                $0.limits.bodyGrace = 0
                $0.limits.bodyRate = 1_000_000
            },
            { gateway in
                let cookie = try await SignInTests.form(gateway).cookie
                for (target, fields) in [
                    ("/login", "Cookie: \(cookie)\r\n"), ("/echo", "Authorization: \(TestGateway.basic)\r\n"),
                ] {
                    let connection = try await RawConnection.open(port: gateway.port)
                    try await connection.send(
                        "POST \(target) HTTP/1.1\r\nHost: \(gateway.host)\r\n\(fields)Content-Length: 100\r\n\r\nab")
                    #expect(await connection.receiveAll().hasPrefix("HTTP/1.1 408 "))
                }
            })
    }

    @Test("answer 504 when the core takes too long, and 503 when no connection to it gets free")
    func core() async throws {
        try await TestGateway.run(
            configure: {
                $0.limits.coreConnections = 1
                $0.limits.coreQueueTime = 0
            },
            { gateway in
                let cookie = try await gateway.session().cookie
                let silent = try await RawConnection.open(port: gateway.port)
                // Both requests on one event loop, whichever: as many as there are loops, and one more.
                try await silent.send("GET /silent HTTP/1.1\r\nHost: \(gateway.host)\r\nCookie: \(cookie)\r\n\r\n")
                var overloaded = false
                var open = [silent]
                for _ in 0..<64 where !overloaded {
                    let connection = try await RawConnection.open(port: gateway.port)
                    open.append(connection)
                    try await connection.send(
                        "GET /tasks HTTP/1.1\r\nHost: \(gateway.host)\r\nCookie: \(cookie)\r\n\r\n")
                    overloaded = try await connection.receiveAnswer().status == 503
                }
                #expect(overloaded)
                for connection in open { await connection.close() }
            })
        try await TestGateway.run(configure: { $0.limits.coreHeadTime = 0 }) { gateway in
            let answer = try await gateway.ask("GET", "/silent", [("Cookie", try await gateway.session().cookie)])
            #expect(answer.status == 504)
        }
    }

    @Test("end a stream whose core falls silent")
    func stream() async throws {
        try await TestGateway.run(configure: { $0.limits.coreIdleTime = 0 }) { gateway in
            let cookie = try await gateway.session().cookie
            let connection = try await RawConnection.open(port: gateway.port)
            try await connection.send(
                "GET /live HTTP/1.1\r\nHost: \(gateway.host)\r\nCookie: \(cookie)\r\nAccept: text/event-stream\r\n\r\n")
            let received = await connection.receiveAll()
            #expect(received.contains("text/event-stream") && !received.hasSuffix("0\r\n\r\n"))
        }
    }
}
