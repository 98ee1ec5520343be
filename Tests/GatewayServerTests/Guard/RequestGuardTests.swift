import NIOHTTP1
import Testing

@testable import GatewayServer

@Suite("The request guard")
struct RequestGuardTests {
    let rules = RequestGuard(hosts: HostRule(hosts: [], external: nil), limits: GatewayLimits())

    func inspect(
        _ method: HTTPMethod = .GET, _ uri: String = "/api/workers", version: HTTPVersion = .http1_1,
        _ fields: [(String, String)] = [("Host", "calyx.example")]
    ) throws(Refusal) -> InspectedRequest {
        try rules.inspect(HTTPRequestHead(version: version, method: method, uri: uri, headers: HTTPHeaders(fields)))
    }

    func code(
        _ method: HTTPMethod = .GET, _ uri: String = "/api/workers", version: HTTPVersion = .http1_1,
        _ fields: [(String, String)] = [("Host", "calyx.example")]
    ) -> String {
        do throws(Refusal) {
            _ = try inspect(method, uri, version: version, fields)
            return "accepted"
        } catch { return "\(error.status) \(error.code.rawValue)" }
    }

    @Test(
        "lets only known methods pass",
        arguments: [
            (HTTPMethod.GET, "accepted"), (.HEAD, "accepted"), (.POST, "accepted"), (.PUT, "accepted"),
            (.PATCH, "accepted"), (.DELETE, "accepted"), (.OPTIONS, "accepted"), (.CONNECT, "501 method"),
            (.TRACE, "501 method"), (.PROPFIND, "501 method"), (.RAW(value: "get"), "501 method"),
            (.RAW(value: "PRI"), "501 method"),
        ])
    func methods(method: HTTPMethod, expected: String) { #expect(code(method) == expected) }

    @Test(
        "wants a path as target",
        arguments: [
            ("*", "400 target"), ("http://calyx.example/api", "400 target"), ("//evil.example/", "400 path"),
            ("/a/../b", "404 path"),
            ("evil.example:443", "400 target"), ("/a?b=%0a", "accepted"), ("/a?b=\u{1}", "400 query"),
            ("/a?b#c", "400 query"), ("/a#b", "400 path"), ("/a?b c", "400 query"), ("/task/a%2fb", "400 encodedSlash"),
        ])
    func targets(uri: String, expected: String) { #expect(code(.GET, uri) == expected) }

    @Test("names the query form when a path carries an encoded slash")
    func encodedSlash() {
        #expect {
            _ = try inspect(.GET, "/api/task/info/a%2Fb")
        } throws: {
            ($0 as? Refusal)?.detail.contains("?id=") ?? false
        }
    }

    @Test("takes the blanks behind a value for no part of it")
    func trailingBlanks() throws {
        let request = try inspect(.GET, "/", [("Host", "a \t"), ("Accept", "text/html \t "), ("Content-Length", "3 ")])
        #expect(request.section.fields.forwarded.map(\.1) == ["text/html"])
        #expect(request.framing == .length(3) && request.host.host == "a")
    }

    @Test("passes the query on as received")
    func query() throws {
        #expect(try inspect(.GET, "/tasks?x=%2f&y=%c3%A9&z=a;b").query == "x=%2f&y=%c3%A9&z=a;b")
        #expect(try inspect(.GET, "/tasks").query == nil)
        #expect(try inspect(.GET, "/tasks?").query == "")
    }

    @Test(
        "wants exactly one valid host",
        arguments: [
            ([], "400 host"), (["a", "b"], "400 field"), (["a", "a"], "400 field"), ([""], "400 host"),
            (["a@b"], "400 host"), (["a/x"], "400 host"), (["a b"], "400 host"), (["a:"], "400 host"),
            (["a:0"], "400 host"), (["a:65536"], "400 host"), (["a:80x"], "400 host"), (["a,b"], "400 host"),
            (["[::1"], "400 host"), (["[x]"], "400 host"), (["::1"], "400 host"), (["[127.0.0.1]"], "400 host"),
            (["a"], "accepted"), (["A.example.:8080"], "accepted"), (["127.0.0.1:5555"], "accepted"),
            (["[::1]:5555"], "accepted"), (["[2001:db8::1]"], "accepted"),
        ])
    func hosts(hosts: [String], expected: String) {
        #expect(code(.GET, "/", hosts.map { ("Host", $0) }) == expected)
    }

    @Test(
        "serves configured hosts only, when there are any",
        arguments: [
            ("calyx.example", true), ("CALYX.example:443", true), ("calyx.example:8443", true), ("other", true),
            ("other:9", true), ("port.example:81", true), ("port.example", false), ("evil.example", false),
        ])
    func configuredHosts(host: String, isServed: Bool) throws {
        let rule = HostRule(
            hosts: ["other", "Port.example:81"], external: ExternalURL("https://calyx.example/"))
        #expect(rule.serves(try #require(HostField(host))) == isServed)
    }

    @Test(
        "knows where the body ends, or refuses",
        arguments: [
            ([("Content-Length", "3"), ("Transfer-Encoding", "chunked")], "400 framing"),
            ([("Content-Length", "3"), ("Content-Length", "3")], "400 framing"),
            ([("Content-Length", "3"), ("Content-Length", "4")], "400 framing"),
            ([("Content-Length", "+3")], "400 framing"), ([("Content-Length", "-1")], "400 framing"),
            ([("Content-Length", "")], "400 framing"), ([("Content-Length", "3, 3")], "400 framing"),
            ([("Content-Length", "0x3")], "400 framing"),
            ([("Content-Length", "99999999999999999999999")], "400 framing"),
            ([("Content-Length", "9999999999")], "413 tooLarge"),
            ([("Transfer-Encoding", "xchunked")], "400 framing"), ([("Transfer-Encoding", ",chunked")], "400 framing"),
            ([("Transfer-Encoding", "gzip, chunked")], "400 framing"),
            ([("Transfer-Encoding", "chunked, identity")], "400 framing"),
            ([("Transfer-Encoding", "\u{ff}chunked")], "400 framing"),
            ([("Transfer-Encoding", "chunked"), ("Transfer-encoding", "cow")], "400 framing"),
            ([("Transfer-Encoding", "chunked"), ("Transfer-Encoding", "chunked")], "400 framing"),
            ([("Transfer-Encoding", "CHUNKED")], "accepted"), ([("Content-Length", "0")], "accepted"),
        ])
    func framing(fields: [(String, String)], expected: String) {
        #expect(code(.POST, "/", [("Host", "a")] + fields) == expected)
    }

    @Test("refuses a transfer coding in HTTP/1.0, and other versions")
    func versions() {
        let chunked = [("Host", "a"), ("Transfer-Encoding", "chunked")]
        #expect(code(.POST, "/", version: .http1_0, chunked) == "400 framing")
        #expect(code(.GET, "/", version: .http1_0) == "accepted")
        #expect(code(.GET, "/", version: .init(major: 1, minor: 2)) == "505 version")
        #expect(code(.GET, "/", version: .init(major: 2, minor: 0)) == "accepted")
    }

    @Test(
        "wants field names that are tokens without underscore, and values without control bytes",
        arguments: [
            ("X_Calyx_User", "a"), ("X-Calyx_User", "a"), ("X-User ", "a"), ("", "a"), ("Ü", "a"), ("a:b", "a"),
            ("a\u{0}", "a"), ("X-User", "a\u{0}b"), ("X-User", "a\rb"), ("X-User", "a\nb"), ("X-User", "a\u{7f}"),
        ])
    func fieldSyntax(name: String, value: String) {
        #expect(code(.GET, "/", [("Host", "a"), (name, value)]) == "400 field")
    }

    @Test("allows a tabulator and text beyond ASCII in values")
    func fieldValues() {
        #expect(code(.GET, "/", [("Host", "a"), ("User-Agent", "\u{1F338}\tx")]) == "accepted")
    }

    @Test(
        "refuses a repeated field that decides something",
        arguments: [
            "Authorization", "Origin", "Content-Type", "X-CSRF-Token", "Sec-Fetch-Site", "Sec-Fetch-Mode",
        ])
    func repeated(name: String) {
        #expect(code(.GET, "/", [("Host", "a"), (name, "x"), (name, "x")]) == "400 field")
    }

    @Test("limits fields, their sizes and the target")
    func sizes() {
        let many = [("Host", "a")] + (0..<100).map { ("X-\($0)", "v") }
        #expect(code(.GET, "/", many) == "431 tooLarge")
        #expect(code(.GET, "/", Array(many.prefix(100))) == "accepted")
        let long = String(repeating: "a", count: 8 * 1024)
        #expect(code(.GET, "/", [("Host", "a"), ("Cookie", long)]) == "431 tooLarge")
        #expect(code(.GET, "/\(long)") == "414 tooLarge")
    }

    @Test("expects nothing but 100-continue, and no unsafe request in early data")
    func expectations() {
        #expect(code(.POST, "/", [("Host", "a"), ("Expect", "y 100-continue")]) == "417 expectation")
        #expect(code(.POST, "/", [("Host", "a"), ("Expect", "100-Continue")]) == "accepted")
        #expect(code(.POST, "/", [("Host", "a"), ("Early-Data", "1")]) == "425 earlyData")
        #expect(code(.GET, "/", [("Host", "a"), ("Early-Data", "1")]) == "accepted")
    }

    @Test("ends the connection after a request that asks for an upgrade")
    func upgrade() throws {
        let upgrade = [("Host", "a"), ("Upgrade", "h2c"), ("Connection", "Upgrade")]
        #expect(try inspect(.GET, "/", upgrade).closesConnection)
        #expect(code(.POST, "/", upgrade + [("Content-Length", "3")]) == "400 upgrade")
        #expect(code(.GET, "/", [("Host", "a"), ("Upgrade", "h2c, WebSocket")]) == "400 upgrade")
        #expect(try !inspect().closesConnection)
        #expect(try inspect(.GET, "/", [("Host", "a"), ("Connection", "close")]).closesConnection)
    }

    @Test("passes only fields that the core reads")
    func forwarded() throws {
        let request = try inspect(
            .GET, "/",
            [
                ("Host", "a"), ("Accept", "text/html"), ("Cookie", "calyx=x"), ("Authorization", "Basic eDp5"),
                ("X-Calyx-User", "EVIL"), ("Calyx-Assertion", "EVIL"), ("X-Forwarded-For", "1.2.3.4"),
                ("Forwarded", "for=1.2.3.4"), ("X-HTTP-Method-Override", "POST"), ("Connection", "close, X-Calyx-User"),
                ("TE", "trailers"), ("Proxy-Authorization", "x"), ("X-Original-URL", "/healthcheck"),
                ("If-None-Match", "\"x\""), ("Last-Event-ID", "7"), ("User-Agent", "curl"), ("Range", "bytes=0-1"),
                ("Early-Data", "1"), ("X-CSRF-Token", "t"), ("Origin", "http://a"),
            ])
        #expect(
            request.section.fields.forwarded.map(\.0) == [
                "accept", "if-none-match", "last-event-id", "user-agent", "range",
            ])
    }
}
