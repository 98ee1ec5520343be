import Foundation
import NIOCore
import NIOHPACK
import NIOHTTP1
import NIOHTTP2
import NIOPosix
import NIOSSL
import Testing

@testable import GatewayServer

@Suite("The edge")
struct EdgeTests {
    @Test(
        "refuses broken messages, closes, and forwards nothing",
        arguments: [
            "POST /echo HTTP/1.1\r\n{H}Content-Length: 6\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\nG",
            "POST /echo HTTP/1.1\r\n{H}Content-Length: 3\r\nContent-Length: 4\r\n\r\nabcd",
            "POST /echo HTTP/1.1\r\n{H}Transfer-Encoding: ,chunked\r\n\r\n0\r\n\r\n",
            "POST /echo HTTP/1.1\r\n{H}Transfer-Encoding: gzip, chunked\r\n\r\n0\r\n\r\n",
            "POST /echo HTTP/1.1\r\n{H}Transfer-Encoding : chunked\r\n\r\n0\r\n\r\n",
            "POST /echo HTTP/1.1\r\n{H}Transfer-Encoding: chunked\r\n\r\n0x3\r\nabc\r\n0\r\n\r\n",
            "POST /echo HTTP/1.1\r\n{H}Transfer-Encoding: chunked\r\n\r\n3\nabc\n0\n\n",
            "POST /echo HTTP/1.1\r\n{H}Transfer-Encoding: chunked\r\n\r\n2;\nxx\r\nGET /x HTTP/1\r\n0\r\n\r\n",
            "POST /echo HTTP/1.1\r\n{H}Transfer-Encoding: chunked\r\n\r\n0\r\nContent-Length: 5\r\n\r\nGET / HTTP/1.1\r\n\r\n",
            "POST /echo HTTP/1.1\r\n{H}X: y\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n",
            "POST /echo HTTP/1.1\r\n{H}X: a\rTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n",
            "POST /echo HTTP/1.1\r\n{H}X-Pad: 1\r\n Transfer-Encoding: chunked\r\n\r\n0\r\n\r\n",
            "GET /echo\nHost: a\r\nContent-Length: 5\r\n\r\nhello", "GET /tasks\u{0} HTTP/1.1\r\n{H}\r\n",
            "GET /tasks HTTP/1.1\r\n\r\n", "GET /tasks HTTP/1.1\r\n{H}Host: evil.example\r\n\r\n",
            "GET http://evil.example/tasks HTTP/1.1\r\n{H}\r\n", "GET /tasks HTTP/9.9\r\n{H}\r\n",
            "CONNECT evil.example:443 HTTP/1.1\r\n{H}\r\n", "TRACE /tasks HTTP/1.1\r\n{H}\r\n",
            "PROPFIND /tasks HTTP/1.1\r\n{H}\r\n", "GET /tasks HTTP/1.1\r\n{H}X_Calyx_User: EVIL\r\n\r\n",
            "GET /tasks HTTP/1.1\r\n{H}Expect: y 100-continue\r\nContent-Length: 84\r\n\r\nGET /x HTTP/1.1\r\n\r\n",
            "GET //tasks HTTP/1.1\r\n{H}\r\n", "GET /x/../tasks HTTP/1.1\r\n{H}\r\n",
            "GET /tasks#x HTTP/1.1\r\n{H}\r\n",
            "PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n", "\r\n\r\n", "\u{16}\u{3}\u{1}\u{0}",
        ])
    func broken(message: String) async throws {
        try await TestGateway.run { gateway in
            let cookie = try await gateway.session().cookie
            let connection = try await RawConnection.open(port: gateway.port)
            let fields = "Host: \(gateway.host)\r\nCookie: \(cookie)\r\n"
            try await connection.send(message.replacingOccurrences(of: "{H}", with: fields))
            let received = await connection.receiveAll()
            let answer = HTTPAnswer(Array(received.utf8))
            #expect(answer.map { (400...599).contains($0.status) } ?? received.isEmpty)
            #expect(received.components(separatedBy: "HTTP/1.1 ").count <= 2)
            #expect(gateway.core.requests.isEmpty)
        }
    }

    @Test("bounds a head that never ends, and a chunk extension that never ends")
    func endless() async throws {
        try await TestGateway.run { gateway in
            let cookie = try await gateway.session().cookie
            for start in [
                "GET / HTTP/1.1\r\nHost: a\r\nX: ",
                "POST /echo HTTP/1.1\r\nHost: a\r\nCookie: \(cookie)\r\nSec-Fetch-Site: same-origin\r\n"
                    + "X-CSRF-Token: x\r\nTransfer-Encoding: chunked\r\n\r\n3;",
            ] {
                let connection = try await RawConnection.open(port: gateway.port)
                try await connection.send(start + String(repeating: "a", count: 100_000))
                let answer = try #require(HTTPAnswer(Array(await connection.receiveAll().utf8)))
                #expect([400, 403, 431].contains(answer.status))
            }
        }
    }

    @Test("closes a connection that was to be upgraded, after an ordinary answer")
    func upgrade() async throws {
        try await TestGateway.run { gateway in
            let cookie = try await gateway.session().cookie
            let connection = try await RawConnection.open(port: gateway.port)
            try await connection.send(
                "GET /tasks HTTP/1.1\r\nHost: \(gateway.host)\r\nCookie: \(cookie)\r\nConnection: Upgrade\r\n"
                    + "Upgrade: h2c\r\n\r\nGET /second HTTP/1.1\r\nHost: \(gateway.host)\r\n\r\n")
            let received = await connection.receiveAll()
            #expect(received.hasPrefix("HTTP/1.1 200 OK") && received.contains("connection: close"))
            #expect(gateway.core.requests.count == 1)
            #expect(gateway.core.requests[0].field("upgrade") == nil)
        }
    }

    @Test("refuses a body before it comes when it is too long, and lets the client read why")
    func longBody() async throws {
        try await TestGateway.run { gateway in
            let connection = try await RawConnection.open(port: gateway.port)
            try await connection.send(
                "POST /echo HTTP/1.1\r\nHost: \(gateway.host)\r\nAuthorization: \(TestGateway.basic)\r\n"
                    + "Content-Length: 99999999\r\n\r\n" + String(repeating: "b", count: 300_000))
            let answer = try #require(HTTPAnswer(Array(await connection.receiveAll().utf8)))
            #expect(answer.status == 413)
            #expect(gateway.core.requests.isEmpty)
        }
    }

    @Test("keeps the connection after refusing a request whose body was complete")
    func refusedBody() async throws {
        try await TestGateway.run { gateway in
            let connection = try await RawConnection.open(port: gateway.port)
            let head = "POST /echo HTTP/1.1\r\nHost: \(gateway.host)\r\nContent-Length: 3\r\n"
            try await connection.send("\(head)\r\nabc")
            let refused = try await connection.receiveAnswer()
            #expect(refused.status == 401 && refused["connection"] == nil)
            try await connection.send("\(head)Authorization: \(TestGateway.basic)\r\n\r\nabc")
            #expect(try await connection.receiveAnswer().body == "abc")
            await connection.close()
        }
    }

    @Test("asks for a body that is expected, once somebody may send it")
    func expectContinue() async throws {
        try await TestGateway.run { gateway in
            let head = "POST /echo HTTP/1.1\r\nHost: \(gateway.host)\r\nContent-Length: 3\r\nExpect: 100-continue\r\n"
            let allowed = try await RawConnection.open(port: gateway.port)
            try await allowed.send("\(head)Authorization: \(TestGateway.basic)\r\n\r\n")
            #expect(try await allowed.receive(until: "\r\n\r\n").hasPrefix("HTTP/1.1 100 Continue\r\n"))
            try await allowed.send("abc")
            #expect(try await allowed.receiveAnswer().body == "abc")
            await allowed.close()
            let refused = try await RawConnection.open(port: gateway.port)
            try await refused.send("\(head)\r\n")
            #expect(await refused.receiveAll().hasPrefix("HTTP/1.1 401 "))
        }
    }

    @Test("serves configured hosts only")
    func hosts() async throws {
        try await TestGateway.run(configure: { $0.allowedHosts = ["calyx.example"] }) { gateway in
            let answer = try await gateway.ask("GET", "/healthcheck")
            #expect(answer.status == 421)
            let connection = try await RawConnection.open(port: gateway.port)
            try await connection.send("GET /healthcheck HTTP/1.1\r\nHost: Calyx.Example:8080\r\n\r\n")
            #expect(try await connection.receiveAnswer().status == 200)
            await connection.close()
        }
    }

    @Test("bounds connections")
    func connections() async throws {
        try await TestGateway.run(configure: { $0.limits.connections = 2 }) { gateway in
            let first = try await RawConnection.open(port: gateway.port)
            try await first.send("GET /healthcheck HTTP/1.1\r\nHost: a\r\n\r\n")
            #expect(try await first.receiveAnswer().status == 200)
            let second = try await RawConnection.open(port: gateway.port)
            try await second.send("GET /healthcheck HTTP/1.1\r\nHost: a\r\n\r\n")
            #expect(try await second.receiveAnswer().status == 200)
            let third = try await RawConnection.open(port: gateway.port)
            #expect(await third.receiveAll().isEmpty)
            #expect(gateway.counters.limitHits.filter { $0.count > 0 }.map { $0.option } == ["max_connections"])
            await first.close()
            await second.close()
        }
    }

    @Test("logs a line of JSON per request, without queries and secrets")
    func log() async throws {
        try await TestGateway.run { gateway in
            _ = try await gateway.ask(
                "GET", "/tasks/%0d%0aevent?secret=marker",
                [("Authorization", TestGateway.basic), ("User-Agent", "\u{b}")])
            _ = try await gateway.ask("GET", "/tasks?secret=marker", [("Authorization", TestGateway.basic)])
            // Lines are written a moment later.
            while !gateway.log.text.contains("\"path\":\"/tasks\",\"status\":200") {
                try await Task.sleep(for: .milliseconds(10))
            }
            let text = gateway.log.text
            #expect(text.contains("\"principal\":\"basic:ann\""))
            #expect(!text.contains("marker") && !text.contains("correct horse"))
        }
    }

    @Test("serves HTTP/1.1 over TLS, with secure cookies and HSTS")
    func tls() async throws {
        let files = try TestCertificate.write()
        defer { TestCertificate.remove(files) }
        try await TestGateway.run(configure: { $0.tls = files }) { gateway in
            let connection = try await RawConnection.open(port: gateway.port, tls: TestCertificate.client([]))
            try await connection.send("GET /login HTTP/1.1\r\nHost: localhost:\(gateway.port)\r\n\r\n")
            let answer = try await connection.receiveAnswer()
            #expect(answer.status == 200)
            #expect(answer["strict-transport-security"] == "max-age=31536000")
            let cookie = try #require(answer["set-cookie"])
            #expect(cookie.hasPrefix("__Host-calyx-signin=") && cookie.contains("; Secure"))
            await connection.close()

            let plain = try await RawConnection.open(port: gateway.port)
            try await plain.send("GET /healthcheck HTTP/1.1\r\nHost: a\r\n\r\n")
            let refusal = await plain.receiveAll()
            #expect(refusal.hasPrefix("HTTP/1.1 400 ") && refusal.contains("This port speaks HTTPS"))
            #expect(!refusal.contains("strict-transport-security"))
        }
    }

    @Test("sends pages in the clear to the configured https address, and tells programs")
    func plainHTTP() async throws {
        let files = try TestCertificate.write()
        defer { TestCertificate.remove(files) }
        try await TestGateway.run(configure: {
            $0.tls = files
            $0.externalURL = ExternalURL("https://calyx.example")
        }) { gateway in
            let request = "GET /tasks?a=b HTTP/1.1\r\nHost: calyx.example\r\n"
            let browser = try await RawConnection.open(port: gateway.port)
            try await browser.send(request + "Accept: text/html\r\n\r\n")
            let page = await browser.receiveAll()
            #expect(page.hasPrefix("HTTP/1.1 308 "))
            #expect(page.contains("\r\nlocation: https://calyx.example/tasks?a=b\r\n"))
            let program = try await RawConnection.open(port: gateway.port)
            try await program.send(request + "Authorization: \(TestGateway.basic)\r\n\r\n")
            #expect(await program.receiveAll().hasPrefix("HTTP/1.1 400 "))
            #expect(gateway.core.requests.isEmpty)
        }
    }

    @Test("serves HTTP/2")
    func http2() async throws {
        let files = try TestCertificate.write()
        defer { TestCertificate.remove(files) }
        try await TestGateway.run(configure: { $0.tls = files }) { gateway in
            let client = try await HTTP2Client.open(port: gateway.port)
            let authority = "localhost:\(gateway.port)"
            let basic = ("authorization", TestGateway.basic)
            let get = try await client.ask(.GET, "/tasks?a=1", [("host", authority), basic])
            #expect(get.status == 200 && get.body == "{\"path\":\"/tasks?a=1\"}")
            #expect(get["connection"] == nil)
            let body = String(repeating: "b", count: 150_000)
            let length = ("content-length", "\(body.utf8.count)")
            let echo = try await client.ask(.POST, "/echo", [("host", authority), basic, length], body: body)
            #expect(echo.status == 200 && echo.body == body)
            let big = try await client.ask(.GET, "/big", [("host", authority), basic])
            #expect(big.body.utf8.count == 64 * 65_536)
            #expect(try await client.ask(.GET, "/tasks", [("host", authority)]).status == 401)
            #expect(try await client.ask(.GET, "/x/../tasks", [("host", authority), basic]).status == 404)
            #expect(try await client.ask(.TRACE, "/tasks", [("host", authority), basic]).status == 501)
            #expect(gateway.core.requests.count == 3)
            await client.close()
        }
    }

    @Test("says what is wrong when it cannot start")
    func starting() async throws {
        let files = try TestCertificate.write()
        defer { TestCertificate.remove(files) }
        @Sendable func failure(_ configure: @Sendable (inout GatewayConfiguration) -> Void) async -> String {
            do {
                try await TestGateway.run(configure: configure) { _ in }
                return "started"
            } catch { return "\(error)" }
        }
        let missing = await failure { $0.tls = .init(certificate: "/nonexistent.pem", key: files.key) }
        #expect(missing.hasPrefix("certfile: /nonexistent.pem cannot be read"))
        let noKey = await failure { $0.tls = .init(certificate: files.certificate, key: files.certificate) }
        #expect(noKey.hasPrefix("keyfile: "))
        let other = try TestCertificate.write(key: TestCertificate.otherKey)
        defer { TestCertificate.remove(other) }
        let mismatch = await failure { $0.tls = .init(certificate: files.certificate, key: other.key) }
        #expect(mismatch.contains("is not that of the certificate"))
        try await TestGateway.run { gateway in
            let inUse = await failure { $0.listeners = [.tcp(host: "127.0.0.1", port: gateway.port)] }
            #expect(inUse.hasPrefix("address and port: 127.0.0.1, port \(gateway.port), cannot be bound"))
        }
    }
}
