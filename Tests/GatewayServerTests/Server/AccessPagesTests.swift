import APITokens
import AuditTrail
import Foundation
import Identity
import SessionStore
import Testing

@testable import GatewayServer

@Suite("Sessions, tokens and audit of the gateway")
struct AccessPagesTests {
    private func form(_ gateway: TestGateway, _ fields: [(String, String)] = []) -> [(String, String)] {
        [("Origin", "http://\(gateway.host)"), ("Content-Type", "application/x-www-form-urlencoded")] + fields
    }

    private func events(_ gateway: TestGateway, _ kind: AuditEvent.Kind) async throws -> [AuditEvent] {
        await gateway.audit.flush()
        var query = AuditQuery()
        query.kinds = [kind]
        return try await gateway.audit.search(query).map(\.event)
    }

    @Test("One's own sessions are listed and ended; those of others are not there for a viewer")
    func ownSessions() async throws {
        try await TestGateway.run { gateway in
            let mine = try await gateway.session(.viewer)
            let other = try await gateway.session(.viewer)
            let stranger = Principal(provider: "github", subject: "1", name: "eve", role: .admin)
            let (_, theirs) = try await gateway.sessions.create(
                for: stranger, credential: nil, userAgent: "", address: "192.0.2.1")
            let page = try await gateway.ask("GET", "/access/sessions", [("Cookie", mine.cookie)])
            #expect(page.status == 200)
            #expect(page.body.contains("This session"))
            #expect(!page.body.contains(">eve<"))
            #expect(
                try await gateway.ask("GET", "/access/sessions?all=1", [("Cookie", mine.cookie)]).body.contains(">eve<")
                    == false)
            let ended = try await gateway.ask(
                "POST", "/access/sessions/end", form(gateway, [("Cookie", mine.cookie)]),
                body: "_csrf=\(mine.csrfToken)&id=\(theirs.id.hex)")
            #expect(ended.status == 303)
            #expect(try await gateway.sessions.list(of: SessionOwner(stranger)).count == 1)
            let all = try await gateway.ask(
                "POST", "/access/sessions/end-all", form(gateway, [("Cookie", mine.cookie)]),
                body: "_csrf=\(mine.csrfToken)&which=others")
            #expect(all.status == 303)
            #expect(gateway.sessions.recall(other.token, isUse: false) == .none)
            #expect(gateway.sessions.recall(mine.token, isUse: false) != .none)
            #expect(try await events(gateway, .sessionEnded).count == 1)
        }
    }

    @Test("An admin sees everybody's sessions and ends one, and the trail tells whose")
    func allSessions() async throws {
        try await TestGateway.run { gateway in
            let admin = try await gateway.session(.admin)
            let eve = Principal(provider: "github", subject: "1", name: "eve", role: .operator)
            let (token, theirs) = try await gateway.sessions.create(
                for: eve, credential: nil, userAgent: "", address: "192.0.2.1")
            let page = try await gateway.ask("GET", "/access/sessions?all=1", [("Cookie", admin.cookie)])
            #expect(page.body.contains(">eve<"))
            let ended = try await gateway.ask(
                "POST", "/access/sessions/end", form(gateway, [("Cookie", admin.cookie)]),
                body: "_csrf=\(admin.csrfToken)&id=\(theirs.id.hex)&all=1")
            #expect(ended["location"] == "/access/sessions?done=ended&all=1")
            #expect(gateway.sessions.recall(token, isUse: false) == .none)
            let event = try #require(try await events(gateway, .sessionEnded).first)
            #expect(event.reason.contains("github:eve") && event.name == "ann" && event.client == "127.0.0.1")
        }
    }

    @Test(
        "Nothing changes by GET, without the token, from another site, or for a lesser role",
        arguments: [
            "/access/sessions/end", "/access/sessions/end-all", "/access/tokens/create", "/access/tokens/revoke",
        ])
    func csrf(path: String) async throws {
        try await TestGateway.run { gateway in
            let admin = try await gateway.session(.admin)
            let cookie = [("Cookie", admin.cookie)]
            #expect(try await gateway.ask("GET", path, cookie).status == 405)
            #expect(try await gateway.ask("POST", path, form(gateway, cookie), body: "x=1").status == 403)
            #expect(
                try await gateway.ask(
                    "POST", path, form(gateway, cookie), body: "_csrf=\(String(repeating: "A", count: 43))"
                ).status == 403)
            let foreign =
                [("Origin", "https://evil.example"), ("Content-Type", "application/x-www-form-urlencoded")] + cookie
            #expect(try await gateway.ask("POST", path, foreign, body: "_csrf=\(admin.csrfToken)").status == 403)
            #expect(try await gateway.ask("POST", path, form(gateway), body: "x=1").status == 401)
            #expect(try await events(gateway, .denied).count >= 3)
            #expect(gateway.core.requests.isEmpty)
        }
    }

    @Test("Tokens and audit are for admins", arguments: ["/access/tokens", "/audit", "/api/audit"])
    func adminsOnly(path: String) async throws {
        try await TestGateway.run { gateway in
            let (operatorSession, admin) = (try await gateway.session(.operator), try await gateway.session(.admin))
            #expect(try await gateway.ask("GET", path, [("Cookie", operatorSession.cookie)]).status == 403)
            #expect(try await gateway.ask("GET", path, [("Cookie", admin.cookie)]).status == 200)
            #expect(try await gateway.ask("GET", path).status == 401)
        }
    }

    @Test("A token made on the page works at once, shows once, and is refused at once when it is revoked")
    func tokenPage() async throws {
        try await TestGateway.run { gateway in
            let admin = try await gateway.session(.admin)
            let cookie = [("Cookie", admin.cookie)]
            let made = try await gateway.ask(
                "POST", "/access/tokens/create", form(gateway, cookie),
                body: "_csrf=\(admin.csrfToken)&name=grafana&role=viewer&days=90&scope_read=1")
            #expect(made.status == 200)
            let text = try #require(
                made.body.firstRange(of: "calyx_").map { String(made.body[$0.lowerBound...].prefix(49)) })
            let bearer = [("Authorization", "Bearer \(text)")]
            #expect(try await gateway.ask("GET", "/api/workers", bearer).status == 200)
            #expect(try await gateway.ask("GET", "/metrics", bearer).status == 403, "another scope")
            #expect(try await gateway.ask("POST", "/api/worker/pool/grow/w", bearer).status == 403, "another scope")
            let list = try await gateway.ask("GET", "/access/tokens", cookie)
            #expect(list.body.contains("grafana") && !list.body.contains(text))
            let id = try #require(gateway.tokens.all.first?.id)
            let revoked = try await gateway.ask(
                "POST", "/access/tokens/revoke", form(gateway, cookie), body: "_csrf=\(admin.csrfToken)&id=\(id)")
            #expect(revoked.status == 303)
            let refused = try await gateway.ask("GET", "/api/workers", bearer + [("Accept", "text/html")])
            #expect(refused.status == 401, "never a redirect")
            #expect(refused["www-authenticate"]?.contains("invalid_token") == true)
            #expect(!gateway.log.text.contains(text))
            #expect(try await events(gateway, .tokenCreated).first?.reason.contains("viewer") == true)
            #expect(try await events(gateway, .tokenRevoked).count == 1)
            #expect(try await events(gateway, .tokenRefused).count == 1)
        }
    }

    @Test("A token in the query, in a cookie or as a password opens nothing")
    func tokenElsewhere() async throws {
        try await TestGateway.run { gateway in
            let (text, _) = try await gateway.tokens.create(
                name: "t", role: .admin, scopes: Set(TokenScope.allCases), lifetime: nil, by: "x")
            let basic = Data("\(text):x".utf8).base64EncodedString(),
                other = Data("x:\(text)".utf8).base64EncodedString()
            #expect(try await gateway.ask("GET", "/api/workers?access_token=\(text)").status == 401)
            #expect(try await gateway.ask("GET", "/api/workers", [("Cookie", "calyx=\(text)")]).status == 401)
            #expect(try await gateway.ask("GET", "/api/workers", [("Authorization", "Basic \(basic)")]).status == 401)
            #expect(try await gateway.ask("GET", "/api/workers", [("Authorization", "Basic \(other)")]).status == 401)
            #expect(try await gateway.ask("GET", "/api/workers", [("Authorization", "bearer \(text)")]).status == 200)
            #expect(!gateway.log.text.contains(text))
        }
    }

    @Test("An action is recorded with who, role, from where, what, and each worker's outcome; the note stays inside")
    func actions() async throws {
        try await TestGateway.run { gateway in
            let session = try await gateway.session(.operator)
            let answer = try await gateway.ask(
                "POST", "/api/worker/pool/grow/w1",
                form(gateway, [("Cookie", session.cookie), ("X-CSRF-Token", session.csrfToken)]), body: "n=1")
            #expect(answer.status == 200)
            #expect(answer["calyx-audit"] == nil)
            let event = try #require(try await events(gateway, .action).first)
            #expect(
                event.action == "pool.grow" && event.result == .ok && event.name == "ann" && event.role == "operator")
            #expect(event.client == "127.0.0.1" && event.credential.hasPrefix("session "))
            #expect(event.detail.contains(#""outcome":{"w1@lab":"ok"}"#))
            #expect(event.requestID == answer["x-request-id"])
            // Reading is no action.
            _ = try await gateway.ask("GET", "/api/workers", [("Cookie", session.cookie)])
            #expect(try await events(gateway, .action).count == 1)
        }
    }

    @Test("Sign-in, wrong password and sign-out are recorded, and no secret with them")
    func signIns() async throws {
        try await TestGateway.run { gateway in
            let wrong = Data("ann:wrong-secret".utf8).base64EncodedString()
            _ = try await gateway.ask("GET", "/api/workers", [("Authorization", "Basic \(wrong)")])
            let typo = Data("hunter2:ann".utf8).base64EncodedString()
            _ = try await gateway.ask("GET", "/api/workers", [("Authorization", "Basic \(typo)")])
            _ = try await gateway.ask("GET", "/api/workers", [("Authorization", TestGateway.basic)])
            _ = try await gateway.ask("GET", "/api/workers", [("Authorization", TestGateway.basic)])
            let refused = try await events(gateway, .signInRefused)
            #expect(refused.map(\.name).sorted() == ["", "ann"])
            #expect(try await events(gateway, .signIn).count == 1, "once, not for each request")
            let session = try await gateway.session()
            let out = try await gateway.ask(
                "POST", "/logout", form(gateway, [("Cookie", session.cookie)]), body: "_csrf=\(session.csrfToken)")
            #expect(out.status == 200)
            #expect(try await events(gateway, .signOut).first?.name == "ann")
            let all = try await gateway.audit.search(AuditQuery()).flatMap(\.event.texts).joined()
            for secret in ["wrong-secret", "hunter2", TestGateway.password, session.token, session.csrfToken] {
                #expect(!all.contains(secret))
            }
        }
    }

    @Test("Another origin uses the API when it is configured, with a credential of its own and never with a cookie")
    func crossOrigin() async throws {
        try await TestGateway.run(configure: { $0.corsOrigins = ["https://tools.example.com"] }) { gateway in
            let origin = [("Origin", "https://tools.example.com"), ("Sec-Fetch-Site", "cross-site")]
            let preflight = try await gateway.ask(
                "OPTIONS", "/api/workers", origin + [("Access-Control-Request-Method", "POST")])
            #expect(preflight.status == 204)
            #expect(preflight["access-control-allow-origin"] == "https://tools.example.com")
            #expect(preflight["access-control-allow-credentials"] == nil)
            let read = try await gateway.ask("GET", "/api/workers", origin + [("Authorization", TestGateway.basic)])
            #expect(read.status == 200 && read["access-control-allow-origin"] == "https://tools.example.com")
            #expect(read["vary"]?.contains("origin") == true)
            let act = try await gateway.ask(
                "POST", "/api/worker/pool/grow/w", origin + [("Authorization", TestGateway.basic)])
            #expect(act.status == 200)
            let session = try await gateway.session()
            let byCookie = try await gateway.ask(
                "POST", "/api/worker/pool/grow/w",
                origin + [("Cookie", session.cookie), ("X-CSRF-Token", session.csrfToken)])
            #expect(byCookie.status == 403)
            for other in ["https://tools.example.com.evil.example", "null", "http://tools.example.com"] {
                let answer = try await gateway.ask(
                    "GET", "/api/workers", [("Origin", other), ("Authorization", TestGateway.basic)])
                #expect(answer["access-control-allow-origin"] == nil)
            }
            let page = try await gateway.ask("GET", "/tasks", origin + [("Authorization", TestGateway.basic)])
            #expect(page["access-control-allow-origin"] == nil, "pages are not for other origins")
        }
    }
}
