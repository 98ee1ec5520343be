import Foundation
import Identity
import SessionStore
import SignIn
import Synchronization
import Testing

@testable import GatewayServer

@Suite("Signing in")
struct SignInTests {
    @Test("programs get a challenge, browsers the sign-in page, scripts of pages neither")
    func split() async throws {
        try await TestGateway.run(configure: { $0.prefix = PathPrefix("/flower") ?? .none }) { gateway in
            let api = try await gateway.ask("GET", "/flower/api/workers")
            #expect(api.status == 401)
            #expect(api["www-authenticate"] == "Basic realm=\"flower\", charset=\"UTF-8\"")
            #expect(api["content-type"] == "application/problem+json")
            #expect(api.body.contains("\"login_url\":\"/flower/login\"") && api.body.contains("--unauthenticated_api"))

            let page = try await gateway.ask("GET", "/flower/tasks?state=FAILURE", [("Accept", "text/html,*/*;q=0.8")])
            #expect(page.status == 303)
            #expect(page["location"] == "/flower/login?next=%2Ftasks%3Fstate%3DFAILURE")
            let start = try await gateway.ask("GET", "/flower/", [("Accept", "text/html")])
            #expect(start["location"] == "/flower/login")

            let script = try await gateway.ask(
                "GET", "/flower/live", [("Sec-Fetch-Mode", "cors"), ("Accept", "text/html")])
            #expect(script.status == 401)
            #expect(script["www-authenticate"]?.hasPrefix("Basic") == false)

            let wrong = try await gateway.ask(
                "GET", "/flower/", [("Accept", "text/html"), ("Authorization", "Basic YW5uOndyb25n")])
            #expect(wrong.status == 401 && wrong["www-authenticate"]?.hasPrefix("Basic") == true)
            #expect(gateway.core.requests.isEmpty)
        }
    }

    @Test(
        "no header, query or odd credential opens anything",
        arguments: [
            ("Authorization", ""), ("Authorization", "Basic"), ("Authorization", "Basic !!!!"),
            ("Authorization", "Basic YWRtaW4="), ("Authorization", "Basic OnBhc3M="), ("Authorization", "Bearer x"),
            ("User-Agent", "GoogleHC/1.0"), ("X-Original-URL", "/healthcheck"), ("X-Forwarded-User", "ann"),
            ("Cookie", "calyx=AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA"), ("Cookie", "calyx="),
        ])
    func closed(name: String, value: String) async throws {
        try await TestGateway.run { gateway in
            let answer = try await gateway.ask("GET", "/api/workers?auth=off", [(name, value)])
            #expect(answer.status == 401)
            #expect(gateway.core.requests.isEmpty)
        }
    }

    /// Opens the sign-in page: its cookie and form token.
    static func form(_ gateway: TestGateway, prefix: String = "", next: String = "") async throws -> (
        cookie: String, token: String
    ) {
        let page = try await gateway.ask("GET", "\(prefix)/login\(next)")
        #expect(page.status == 200)
        let cookie = try #require(page["set-cookie"]).prefix { $0 != ";" }
        let marker = "name=\"form_token\" value=\""
        let start = try #require(page.body.range(of: marker))
        return (String(cookie), String(page.body[start.upperBound...].prefix { $0 != "\"" }))
    }

    @Test("by password starts a session, signing out ends it")
    func wholeWay() async throws {
        try await TestGateway.run(configure: { $0.prefix = PathPrefix("/flower") ?? .none }) { gateway in
            let form = try await Self.form(gateway, prefix: "/flower", next: "?next=%2Ftasks%3Fa%3D1")
            let origin = ("Origin", "http://\(gateway.host)")
            let type = ("Content-Type", "application/x-www-form-urlencoded")
            let body = "username=ann&password=correct+horse&next=%2Ftasks%3Fa%3D1&form_token=\(form.token)"
            let signedIn = try await gateway.ask(
                "POST", "/flower/login", [origin, type, ("Cookie", form.cookie)], body: body)
            #expect(signedIn.status == 303)
            #expect(signedIn["location"] == "/flower/tasks?a=1")
            let set = try #require(signedIn.all("set-cookie").first { $0.hasPrefix("calyx-flower=") })
            #expect(set.contains("; Path=/flower/; HttpOnly; SameSite=Lax; Max-Age="))
            let cookie = String(set.prefix { $0 != ";" })

            let page = try await gateway.ask("GET", "/flower/tasks", [("Cookie", cookie)])
            #expect(page.status == 200)
            #expect(try #require(gateway.core.requests.last).target == "/tasks")

            let again = try await gateway.ask("GET", "/flower/login?next=%2Fworkers", [("Cookie", cookie)])
            #expect(again.status == 303 && again["location"] == "/flower/workers")

            let confirm = try await gateway.ask("GET", "/flower/logout", [("Cookie", cookie)])
            let marker = "name=\"_csrf\" value=\""
            let start = try #require(confirm.body.range(of: marker))
            let token = String(confirm.body[start.upperBound...].prefix { $0 != "\"" })
            let foreign = try await gateway.ask(
                "POST", "/flower/logout", [("Origin", "http://evil.example"), type, ("Cookie", cookie)],
                body: "_csrf=\(token)")
            #expect(foreign.status == 403)
            let without = try await gateway.ask(
                "POST", "/flower/logout", [origin, type, ("Cookie", cookie)], body: "")
            #expect(without.status == 403)
            #expect(try await gateway.ask("GET", "/flower/tasks", [("Cookie", cookie)]).status == 200)

            let signedOut = try await gateway.ask(
                "POST", "/flower/logout", [origin, type, ("Cookie", cookie)], body: "_csrf=\(token)")
            #expect(signedOut.status == 200)
            #expect(signedOut["set-cookie"]?.hasPrefix("calyx-flower=; Path=/flower/") == true)
            #expect(try await gateway.ask("GET", "/flower/tasks", [("Cookie", cookie)]).status == 401)
            #expect(!gateway.log.text.contains(cookie.split(separator: "=")[1]))
            #expect(!gateway.log.text.contains("correct"))
        }
    }

    @Test("needs the form of this browser, from this site")
    func forgedForms() async throws {
        try await TestGateway.run { gateway in
            let form = try await Self.form(gateway)
            let other = try await Self.form(gateway)
            let type = ("Content-Type", "application/x-www-form-urlencoded")
            let body = "username=ann&password=correct+horse&form_token=\(form.token)"
            let attempts: [[(String, String)]] = [
                [type], [type, ("Cookie", other.cookie)],
                [type, ("Cookie", form.cookie), ("Origin", "http://evil.example")],
                [type, ("Cookie", form.cookie), ("Origin", "null")],
                [type, ("Cookie", form.cookie), ("Sec-Fetch-Site", "cross-site")],
                [type, ("Cookie", "\(form.cookie); \(form.cookie)")],
            ]
            for fields in attempts {
                let answer = try await gateway.ask("POST", "/login", fields, body: body)
                #expect(answer.status == 403)
                #expect(!answer.all("set-cookie").contains { $0.hasPrefix("calyx=") })
            }
            let wrong = try await gateway.ask(
                "POST", "/login", [type, ("Cookie", form.cookie)],
                body: "username=ann&password=wrong&form_token=\(form.token)")
            #expect(wrong.status == 401 && wrong.body.contains("do not belong together"))
            #expect(gateway.sessions.sessionCount == 0)
        }
    }

    @Test("gives a new session and ends the old one")
    func fixation() async throws {
        try await TestGateway.run { gateway in
            let old = try await gateway.session()
            let form = try await Self.form(gateway)
            let answer = try await gateway.ask(
                "POST", "/login",
                [("Cookie", "\(form.cookie); \(old.cookie)"), ("Sec-Fetch-Site", "same-origin")],
                body: "username=ann&password=correct+horse&next=https://evil.example/&form_token=\(form.token)")
            #expect(answer.status == 303 && answer["location"] == "/")
            #expect(gateway.sessions.recall(old.token, isUse: false) == .none)
            #expect(gateway.sessions.sessionCount == 1)
        }
    }

    @Test("two session cookies are refused")
    func twoCookies() async throws {
        try await TestGateway.run { gateway in
            let cookie = try await gateway.session().cookie
            let answer = try await gateway.ask("GET", "/tasks", [("Cookie", "\(cookie); calyx=EVIL")])
            #expect(answer.status == 400)
            let fields = [("Cookie", "calyx=EVIL"), ("Cookie", cookie)]
            #expect(try await gateway.ask("GET", "/tasks", fields).status == 400)
            #expect(gateway.core.requests.isEmpty)
        }
    }

    @Test("unsafe requests obey the cross-site rules and the roles")
    func unsafe() async throws {
        try await TestGateway.run { gateway in
            let admin = try await gateway.session(.admin)
            let viewer = try await gateway.session(.viewer)
            let origin = ("Origin", "http://\(gateway.host)")
            let path = "/api/worker/shutdown/w1"
            func status(_ fields: [(String, String)], body: String = "") async throws -> Int {
                try await gateway.ask("POST", path, fields, body: body).status
            }
            let cookie = ("Cookie", admin.cookie)
            let token = ("X-CSRF-Token", admin.csrfToken)
            #expect(try await status([cookie, origin]) == 403)
            #expect(try await status([cookie, token]) == 403)
            #expect(try await status([cookie, token, ("Origin", "https://evil.example")]) == 403)
            #expect(try await status([cookie, ("Authorization", TestGateway.basic)]) == 403)
            #expect(try await status([("Cookie", viewer.cookie), origin, ("X-CSRF-Token", viewer.csrfToken)]) == 403)
            #expect(
                try await status([("Authorization", TestGateway.basic), ("Origin", "https://evil.example")]) == 403)
            #expect(gateway.core.requests.isEmpty)

            #expect(try await status([cookie, origin, token]) == 200)
            #expect(try await status([("Authorization", TestGateway.basic)]) == 200)
            let form = ("Content-Type", "application/x-www-form-urlencoded")
            #expect(try await status([cookie, origin, form], body: "a=1&_csrf=\(admin.csrfToken)") == 200)
            #expect(try await status([cookie, origin, form], body: "a=1&_csrf=x") == 403)
            #expect(gateway.core.requests.map(\.body) == ["", "", "a=1&_csrf=\(admin.csrfToken)"])
        }
    }

    @Test("read_only makes everybody a viewer")
    func readOnly() async throws {
        try await TestGateway.run(configure: { $0.readOnly = true }) { gateway in
            let basic = ("Authorization", TestGateway.basic)
            #expect(try await gateway.ask("POST", "/api/task/revoke/x", [basic], body: "").status == 403)
            #expect(try await gateway.ask("GET", "/api/workers", [basic]).status == 200)
            let assertion = try gateway.keys.verify(
                gateway.core.requests.first?.field("calyx-assertion"), method: "GET", path: "/api/workers",
                now: WallClock.seconds())
            #expect(assertion.principal.role == .viewer)
        }
    }

    @Test("the unauthenticated API is for reading, as an anonymous viewer")
    func unauthenticatedAPI() async throws {
        try await TestGateway.run(configure: { $0.unauthenticatedAPI = true }) { gateway in
            let open = try await gateway.ask("GET", "/api/workers")
            #expect(open.status == 200)
            #expect(try await gateway.ask("POST", "/api/task/revoke/x", body: "").status == 401)
            #expect(try await gateway.ask("GET", "/tasks").status == 401)
            let wrong = [("Authorization", "Basic YW5uOndyb25n")]
            #expect(try await gateway.ask("GET", "/api/workers", wrong).status == 401)
            #expect(gateway.core.requests.count == 1)
        }
    }

    @Test("health is public and says nothing")
    func health() async throws {
        try await TestGateway.run { gateway in
            let answer = try await gateway.ask("GET", "/healthcheck")
            #expect(answer.status == 200 && answer.body == "OK")
            #expect(try await gateway.ask("GET", "/healthcheck?verbose=1").body == "OK")
            #expect(gateway.core.requests.isEmpty)
            let basic = [("Cookie", try await gateway.session().cookie)]
            #expect(try await gateway.ask("GET", "/healthcheck?verbose=1", basic).body.contains("path"))
            #expect(try await gateway.ask("POST", "/healthcheck", body: "").status == 405)
        }
    }

    @Test("own pages carry the protective fields")
    func securityFields() async throws {
        try await TestGateway.run { gateway in
            for target in ["/login", "/healthcheck", "/tasks", "/../x"] {
                let answer = try await gateway.ask("GET", target)
                #expect(answer["content-security-policy"]?.contains("frame-ancestors 'none'") == true)
                #expect(answer["x-content-type-options"] == "nosniff")
                #expect(answer["referrer-policy"] == "same-origin")
                #expect(answer["cross-origin-opener-policy"] == "same-origin")
                #expect(answer["cache-control"] == "no-store")
                #expect(answer["server"] == nil && answer["access-control-allow-origin"] == nil)
            }
        }
    }
}

@Suite("Signing in by a provider")
struct ProviderSignInTests {
    final class Provider: SignInProvider {
        let id: String
        let displayName = "Example"
        let codes = Mutex<[(code: String, verifier: String, redirectURI: String)]>([])

        init(id: String = "example") { self.id = id }

        let signOutAddress: String? = nil

        func begin(_ request: AuthorizationRequest) async -> Result<String, ProviderUnavailable> {
            .success(
                "https://provider.example/authorize?state=\(request.state)&challenge=\(request.proof.challenge)")
        }

        func recheck(_ principal: Principal, _ authorization: ProviderAuthorization) async -> Recheck {
            .allowed(principal, authorization)
        }

        func finish(_ answer: AuthorizationAnswer) async -> ProviderDecision {
            codes.withLock { $0.append((answer.code, answer.proof.verifier, answer.redirectURI)) }
            switch answer.code {
            case "denied": return .denied(message: "ann@example.org may not sign in here.")
            case "failed": return .failed(message: "The provider did not answer.")
            default:
                return .accepted(
                    Principal(provider: id, subject: "1", name: "ann", role: .operator),
                    ProviderAuthorization(facts: PersonFacts(subject: "1", name: "ann"), accessToken: "token"))
            }
        }
    }

    static let redirectURI = "https://calyx.example/login"

    /// Starts a flow: the flow cookie and the state.
    func start(_ gateway: TestGateway, _ query: String = "", cookie: String? = nil) async throws -> (
        cookie: String, state: String
    ) {
        let answer = try await gateway.ask(
            "GET", "/oauth2/start/example\(query)", cookie.map { [("Cookie", $0)] } ?? [])
        #expect(answer.status == 303)
        let location = try #require(answer["location"])
        #expect(location.hasPrefix("https://provider.example/authorize?state="))
        let state = location.split(separator: "=")[1].prefix { $0 != "&" }
        return (String(try #require(answer["set-cookie"]).prefix { $0 != ";" }), String(state))
    }

    @Test("goes to the provider and back to where one wanted to be")
    func wholeWay() async throws {
        let provider = Provider()
        try await TestGateway.run(configure: { $0.redirectURIs = ["example": Self.redirectURI] }, providers: [provider])
        { gateway in
            let page = try await gateway.ask("GET", "/login?next=%2Ftasks")
            #expect(page.body.contains("/oauth2/start/example"))
            let flow = try await start(gateway, "?next=%2Ftasks%3Fa&redirect_uri=https://evil.example/&state=evil")
            let answer = try await gateway.ask(
                "GET", "/login?code=secretcode&state=\(flow.state)", [("Cookie", flow.cookie)])
            #expect(answer.status == 303)
            #expect(answer["location"] == "/tasks?a")
            let spent = provider.codes.withLock { $0 }
            #expect(spent.count == 1 && spent[0].redirectURI == Self.redirectURI && spent[0].verifier.utf8.count == 43)
            let cookie = try #require(answer.all("set-cookie").first { $0.hasPrefix("calyx=") }).prefix { $0 != ";" }
            #expect(try await gateway.ask("GET", "/tasks", [("Cookie", String(cookie))]).status == 200)
            #expect(!gateway.log.text.contains("secretcode") && !gateway.log.text.contains(flow.state))

            let replay = try await gateway.ask(
                "GET", "/login?code=c&state=\(flow.state)", [("Cookie", flow.cookie)])
            #expect(replay.status == 400)
            #expect(provider.codes.withLock { $0.count } == 1)
        }
    }

    @Test("spends no code unless state and browser belong together")
    func states() async throws {
        let provider = Provider()
        try await TestGateway.run(configure: { $0.redirectURIs = ["example": Self.redirectURI] }, providers: [provider])
        { gateway in
            let one = try await start(gateway)
            let two = try await start(gateway)
            let attempts: [(String, String?)] = [
                ("code=c", one.cookie), ("code=c&state=", one.cookie), ("code=c&state=WRONG", one.cookie),
                ("code=c&state=\(one.state)", nil), ("code=c&state=\(two.state)", one.cookie),
                ("code=c&state=\(one.state)&state=\(one.state)", one.cookie),
                ("code=c&error=x&state=\(one.state)", one.cookie),
                ("error=access_denied", nil), ("state=\(one.state)", one.cookie),
                ("code=c&state=\(one.state)", "\(one.cookie); \(one.cookie)"),
            ]
            for (query, cookie) in attempts {
                let answer = try await gateway.ask("GET", "/login?\(query)", cookie.map { [("Cookie", $0)] } ?? [])
                #expect(answer.status == 400, "\(query)")
            }
            #expect(provider.codes.withLock { $0.isEmpty })
            #expect(gateway.sessions.sessionCount == 0)
            let answer = try await gateway.ask("GET", "/login?code=c&state=\(one.state)", [("Cookie", one.cookie)])
            #expect(answer.status == 303)
        }
    }

    @Test("two codes spend the flow and sign nobody in")
    func repeatedCode() async throws {
        let provider = Provider()
        try await TestGateway.run(configure: { $0.redirectURIs = ["example": Self.redirectURI] }, providers: [provider])
        { gateway in
            let flow = try await start(gateway)
            let answer = try await gateway.ask(
                "GET", "/login?code=a&code=b&state=\(flow.state)", [("Cookie", flow.cookie)])
            #expect(answer.status == 400)
            #expect(provider.codes.withLock { $0.isEmpty })
        }
    }

    @Test("shows refusals and provider errors as text")
    func refusals() async throws {
        let provider = Provider()
        try await TestGateway.run(configure: { $0.redirectURIs = ["example": Self.redirectURI] }, providers: [provider])
        { gateway in
            for (code, status, text) in [
                ("code=denied", 403, "ann@example.org may not sign in here."),
                ("code=failed", 502, "The provider did not answer."),
                ("error=%3Cscript%3Ealert(1)%3C/script%3E", 403, "Example did not sign you in."),
            ] {
                let flow = try await start(gateway)
                let answer = try await gateway.ask(
                    "GET", "/login?\(code)&state=\(flow.state)", [("Cookie", flow.cookie)])
                #expect(answer.status == status && answer.body.contains(text))
                #expect(!answer.body.contains("alert(1)"))
            }
            #expect(gateway.sessions.sessionCount == 0)
        }
    }

    @Test("has a callback for each provider when only the external address is known")
    func ownCallbacks() async throws {
        let provider = Provider()
        let other = Provider(id: "other")
        try await TestGateway.run(
            configure: { $0.externalURL = ExternalURL("http://calyx.example") }, providers: [provider, other]
        ) { gateway in
            let host = ("Host", "calyx.example")
            func ask(_ target: String, _ cookie: String?) async throws -> HTTPAnswer {
                let connection = try await RawConnection.open(port: gateway.port)
                let cookie = cookie.map { "Cookie: \($0)\r\n" } ?? ""
                try await connection.send("GET \(target) HTTP/1.1\r\n\(host.0): \(host.1)\r\n\(cookie)\r\n")
                defer { Task { await connection.close() } }
                return try await connection.receiveAnswer()
            }
            let started = try await ask("/oauth2/start/example", nil)
            let state = try #require(started["location"]).split(separator: "=")[1].prefix { $0 != "&" }
            let cookie = String(try #require(started["set-cookie"]).prefix { $0 != ";" })
            #expect(try await ask("/oauth2/callback/other?code=c&state=\(state)", cookie).status == 400)
            let again = try await ask("/oauth2/start/example", cookie)
            let second = try #require(again["location"]).split(separator: "=")[1].prefix { $0 != "&" }
            #expect(try await ask("/oauth2/callback/example?code=c&state=\(second)", cookie).status == 303)
            #expect(
                provider.codes.withLock { $0.map(\.redirectURI) } == ["http://calyx.example/oauth2/callback/example"])
        }
    }
}
