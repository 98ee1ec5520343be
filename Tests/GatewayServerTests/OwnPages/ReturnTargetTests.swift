import Testing

@testable import GatewayServer

@Suite("The return target")
struct ReturnTargetTests {
    @Test(
        "is kept when it is a canonical local path",
        arguments: ["/", "/tasks", "/tasks?state=FAILURE&x=%2f", "/worker/celery@host", "/task/1/", "/tasks?"])
    func kept(text: String) { #expect(ReturnTarget(text).value == text) }

    @Test(
        "is the start page otherwise",
        arguments: [
            nil, "", "tasks", "https://evil.example/", "//evil.example/", "///evil.example", "/\\evil.example",
            "\\\\evil.example", "/\t/evil.example", "/\u{b}\\evil.example", "/./\\evil.example", "/%2f%2fevil.example",
            "https://calyx@evil.example/", "javascript:alert(1)", "data:text/html,x", "\u{1} https://evil.example",
            "/\r\nSet-Cookie: x=y", "/a b", "/../x", "/a//b", "/%61", "/tasks#x", "/tasks?a b", "/tasks?\\", "/tasks?é",
            "/login", "/login?next=/x", "/logout", "/oauth2/start/github", "\"><script>alert(1)</script>",
            "/" + String(repeating: "a", count: 2048),
        ])
    func refused(text: String?) { #expect(ReturnTarget(text) == .start) }

    @Test("of any text never leads to another site")
    func random() {
        var generator = SeededGenerator(seed: 3)
        let alphabet = Array("//\\.%25cfF:?#@ \t\r\nae;=&evil".unicodeScalars)
        var kept = 0
        for _ in 0..<50_000 {
            var text = "/"
            for _ in 0..<Int.random(in: 0..<8, using: &generator) {
                text.unicodeScalars.append(alphabet[Int.random(in: 0..<alphabet.count, using: &generator)])
            }
            let value = ReturnTarget(text).value
            if value != "/" { kept += 1 }
            #expect(value.hasPrefix("/") && !value.hasPrefix("//") && !value.contains("\\"))
            #expect(value.utf8.allSatisfy { $0 > 0x20 && $0 < 0x7f })
        }
        #expect(kept > 500)
    }
}

@Suite("Form fields")
struct FormFieldsTests {
    @Test("are decoded strictly")
    func decoding() throws {
        let fields = try #require(FormFields("a=1&b=%C3%A9+x&c&d=&e=%3D=&a%20b=2".utf8))
        #expect(fields.single("a") == "1")
        #expect(fields.single("b") == "é x")
        #expect(fields.single("c") == "")
        #expect(fields.single("d") == "")
        #expect(fields.single("e") == "==")
        #expect(fields.single("a b") == "2")
        #expect(fields.single("x") == nil)
    }

    @Test("that are repeated have no single value")
    func repeated() throws {
        let fields = try #require(FormFields("next=/ok&next=https://evil.example/".utf8))
        #expect(fields.single("next") == nil)
        #expect(fields.contains("next"))
    }

    @Test("that are malformed are refused as a whole", arguments: ["a=%", "a=%4", "a=%zz", "%ff=1", "a=%c0%af"])
    func malformed(text: String) { #expect(FormFields(text.utf8) == nil) }

    @Test("are bounded in number")
    func bounded() {
        #expect(FormFields(Array(repeating: "a=1", count: 65).joined(separator: "&").utf8) == nil)
        #expect(FormFields(Array(repeating: "a=1", count: 64).joined(separator: "&").utf8) != nil)
    }
}

@Suite("Own routes")
struct OwnRouteTests {
    @Test(
        "are exact",
        arguments: [
            ("/login", nil, OwnRoute.signIn), ("/login/", nil, .signIn), ("/logout", nil, .signOut),
            ("/healthcheck", nil, .health), ("/healthcheck/", nil, nil), ("/healthcheckx", nil, nil),
            ("/login/assets/calyx.css", nil, .asset("calyx.css")), ("/login/assets/a/b", nil, .reserved),
            ("/login/x", nil, .reserved), ("/loginx", nil, nil),
            ("/oauth2/start/github", nil, .startSignIn(provider: "github")),
            ("/oauth2/callback/github", nil, .callback(provider: "github")), ("/oauth2/x", nil, .reserved),
            ("/access/people", nil, .reserved), ("/audit", nil, .access(.audit)), ("/api/access/x", nil, .reserved),
            ("/api/audit", nil, .access(.auditEntries)), ("/auth/verify", nil, .reserved), ("/", nil, nil),
            ("/api/workers", nil, nil),
            ("/LOGIN", nil, nil),
        ] as [(String, String?, OwnRoute?)])
    func routes(path: String, query: String?, route: OwnRoute?) {
        #expect(OwnRoutes(callbacks: []).route(path: path, query: query) == route)
    }

    @Test("the callback may be the sign-in page's address")
    func callbackOnSignIn() {
        let routes = OwnRoutes(callbacks: [.init(path: "/login", provider: "github")])
        #expect(routes.route(path: "/login", query: nil) == .signIn)
        #expect(routes.route(path: "/login", query: "next=%2Ftasks") == .signIn)
        #expect(routes.route(path: "/login", query: "code=a&state=b") == .callback(provider: "github"))
        #expect(routes.route(path: "/login", query: "error=access_denied&state=b") == .callback(provider: "github"))
    }

    @Test("the callback's address comes from configuration")
    func callbacks() throws {
        let prefix = try #require(PathPrefix("/flower"))
        let kept = try SignInCallbacks(
            redirectURIs: ["github": "https://calyx.example/flower/login"], external: nil, prefix: prefix)
        #expect(kept.paths == [.init(path: "/login", provider: "github")])
        #expect(kept.redirectURI(provider: "github") == "https://calyx.example/flower/login")
        #expect(kept.redirectURI(provider: "google") == "https://calyx.example/flower/oauth2/callback/google")
        #expect(throws: GatewayStartError.self) {
            try SignInCallbacks(
                redirectURIs: ["a": "https://calyx.example/x", "b": "https://calyx.example/x"], external: nil,
                prefix: .none)
        }
        let external = try SignInCallbacks(
            redirectURIs: [:], external: ExternalURL("https://calyx.example"), prefix: prefix)
        #expect(external.paths == [])
        #expect(external.redirectURI(provider: "github") == "https://calyx.example/flower/oauth2/callback/github")
        #expect(try SignInCallbacks(redirectURIs: [:], external: nil, prefix: prefix).redirectURI(provider: "x") == nil)
        for wrong in ["", "/login", "https://calyx.example", "https://calyx.example/", "https://x/a/../b", "ftp://x/y"]
        {
            #expect(throws: GatewayStartError.self) {
                try SignInCallbacks(redirectURIs: ["x": wrong], external: nil, prefix: prefix)
            }
        }
    }
}
