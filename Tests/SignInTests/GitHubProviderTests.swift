import Foundation
import Identity
import OutboundHTTP
import RawHTTPServer
import SignIn
import Synchronization
import Testing

@Suite("Sign-in by GitHub")
struct GitHubProviderTests {
    private static let token = "gho_16C7e42F292c6912E7710c838347Ae178B4a"

    /// What the stand-in answers on each path; the defaults are a sign-in that works.
    private struct GitHub: Sendable {
        var token = RawHTTPServer.Reply.answer(
            200,
            #"{"access_token":"\#(GitHubProviderTests.token)","scope":"read:user,user:email","token_type":"bearer"}"#)
        var user = RawHTTPServer.Reply.answer(200, #"{"login":"octocat","id":583231,"email":null,"name":"Mona"}"#)
        var emails = RawHTTPServer.Reply.answer(
            200, #"[{"email":"mona@example.com","primary":true,"verified":true,"visibility":"private"}]"#)
        var pages: [RawHTTPServer.Reply] = []

        func reply(_ request: RawHTTPServer.Request) -> RawHTTPServer.Reply {
            switch request.target.split(separator: "?")[0] {
            case "/login/oauth/access_token": token
            case "/api/v3/user": user
            case "/api/v3/user/emails":
                if let page = request.target.split(separator: "page=").last.flatMap({ Int($0) }), page != 100 {
                    pages[page - 2]
                } else {
                    emails
                }
            default: .answer(404, "{}")
            }
        }
    }

    private func signIn(
        auth: String? = "*@example.com", timeout: Duration = .seconds(10),
        _ change: (inout GitHub, Int) -> Void = { _, _ in }
    ) async throws -> (decision: ProviderDecision, requests: [RawHTTPServer.Request]) {
        let github = Mutex(GitHub())
        let server = try RawHTTPServer { request in github.withLock { $0 }.reply(request) }
        defer { server.stop() }
        github.withLock { change(&$0, server.port) }
        let endpoints = try #require(GitHubEndpoints(baseURL: server.url))
        var configuration = OutboundHTTPConfiguration(allowedOrigins: endpoints.origins)
        configuration.totalTimeout = timeout
        let provider = GitHubProvider(
            endpoints: endpoints, clientID: "id", clientSecret: "s&cret",
            rules: AccessPolicy(try auth.map { [try AccessRule(auth: $0)] } ?? []),
            http: OutboundHTTPClient(configuration: configuration), logger: quietLogger)
        let decision = await provider.finish(
            AuthorizationAnswer(
                code: "c0de", verifier: "the-verifier", redirectURI: "https://calyx.example/login"))
        return (decision, server.requests)
    }

    private func message(_ decision: ProviderDecision) -> String {
        switch decision {
        case .denied(let message), .failed(let message): message
        case .accepted: "accepted"
        }
    }

    private func isDenied(_ decision: ProviderDecision) -> Bool {
        if case .denied = decision { true } else { false }
    }

    private func isFailed(_ decision: ProviderDecision) -> Bool {
        if case .failed = decision { true } else { false }
    }

    @Test("A person with an allowed address is the numeric id, an operator, with that address")
    func accepted() async throws {
        let (decision, requests) = try await signIn()
        guard case .accepted(let principal, let authorization) = decision else {
            Issue.record("\(decision)")
            return
        }
        #expect(
            principal
                == Principal(
                    provider: "github", subject: "583231", name: "octocat", email: "mona@example.com",
                    role: .operator))
        #expect(authorization.accessToken == Self.token && authorization.facts.emails == ["mona@example.com"])
        #expect(requests.map(\.method) == ["POST", "GET", "GET"])
        #expect(
            requests[0].body
                == "grant_type=authorization_code&code=c0de&redirect_uri=https%3A%2F%2Fcalyx.example%2Flogin"
                + "&code_verifier=the-verifier&client_id=id&client_secret=s%26cret")
        #expect(requests[0].headers["accept"] == "application/json")
        #expect(requests[1].headers["authorization"] == "Bearer \(Self.token)")
        #expect(requests[1].headers["accept"] == "application/vnd.github+json")
        #expect(requests[1].headers["x-github-api-version"] == "2022-11-28")
        #expect(requests[1].headers["user-agent"] == "Calyx")
        #expect(requests[2].target == "/api/v3/user/emails?per_page=100")
    }

    @Test("Any verified address may match, not only the primary one")
    func secondary() async throws {
        let (decision, _) = try await signIn { github, _ in
            github.emails = .answer(
                200,
                #"[{"email":"mona@home.example","primary":true,"verified":true},{"email":"mona@example.com","primary":false,"verified":true}]"#
            )
        }
        guard case .accepted(let principal, _) = decision else {
            Issue.record("\(decision)")
            return
        }
        #expect(principal.email == "mona@example.com")
    }

    @Test("An address that matches but is not verified lets nobody in")
    func unverified() async throws {
        let (decision, _) = try await signIn { github, _ in
            github.emails = .answer(
                200,
                #"[{"email":"mona@example.com","primary":false,"verified":false},{"email":"x@home.example","primary":true,"verified":true}]"#
            )
        }
        #expect(isDenied(decision))
        #expect(message(decision).contains("x@home.example"))
        #expect(!message(decision).contains("mona@example.com"))
    }

    @Test("Without any verified address the person is told what to do")
    func noneVerified() async throws {
        let (decision, _) = try await signIn { github, _ in
            github.emails = .answer(200, #"[{"email":"mona@example.com","primary":true,"verified":false}]"#)
        }
        #expect(isDenied(decision))
        #expect(message(decision).contains("no e-mail address of yours is verified"))
    }

    @Test("Whom no rule lets in sees the address and the option to add", arguments: [nil, "ann@example.org"])
    func noRule(auth: String?) async throws {
        let (decision, _) = try await signIn(auth: auth)
        #expect(isDenied(decision))
        #expect(message(decision).contains("octocat"))
        #expect(message(decision).contains("mona@example.com"))
        #expect(message(decision).contains("--auth=mona@example.com"))
        #expect(!message(decision).contains("ann@example.org"))
    }

    @Test(
        "Errors that come with status 200 fail the sign-in with a sentence of their own",
        arguments: [
            ("bad_verification_code", "Sign in again"), ("incorrect_client_credentials", "oauth2_key"),
            ("redirect_uri_mismatch", "oauth2_redirect_uri"), ("unverified_user_email", "not verified"),
            ("<script>", "not understood"),
        ])
    func errorsWithStatus200(error: String, expected: String) async throws {
        let (decision, requests) = try await signIn { github, _ in
            github.token = .answer(
                200,
                #"{"error":"\#(error)","error_description":"<b>x</b>","access_token":"gho_x","token_type":"bearer"}"#)
        }
        #expect(message(decision).contains(expected))
        #expect(!message(decision).contains("<"))
        #expect(requests.count == 1)
    }

    @Test(
        "A token answer that is not exactly a bearer token is none",
        arguments: [
            #"{"access_token":"","token_type":"bearer"}"#, #"{"access_token":"x"}"#, #"{"token_type":"bearer"}"#,
            #"{"access_token":"x","token_type":"mac"}"#, #"{"access_token":42,"token_type":"bearer"}"#,
            #"{"access_token":"a b","token_type":"bearer"}"#, #"{"access_token":"a\r\nX: y","token_type":"bearer"}"#,
            "access_token=x&token_type=bearer", "<html>", "", "[]", #"{"access_token":"x","token_type":"bearer""#,
        ])
    func badToken(body: String) async throws {
        let (decision, requests) = try await signIn { github, _ in github.token = .answer(200, body) }
        #expect(isFailed(decision))
        #expect(requests.count == 1)
    }

    @Test("The token type's case does not matter, and a token with another status is none")
    func tokenStatus() async throws {
        let body = #"{"access_token":"x","token_type":"Bearer"}"#
        let (decision, _) = try await signIn { github, _ in github.token = .answer(200, body) }
        #expect(!isFailed(decision) && !isDenied(decision))
        let (other, _) = try await signIn { github, _ in github.token = .answer(500, body) }
        #expect(isFailed(other))
    }

    @Test("A reduced scope is denied with what to allow, before addresses are asked for")
    func reducedScope() async throws {
        let (decision, requests) = try await signIn { github, _ in
            github.token = .answer(200, #"{"access_token":"x","token_type":"bearer","scope":"read:user"}"#)
        }
        #expect(isDenied(decision))
        #expect(message(decision).contains("allow access to your e-mail addresses"))
        #expect(requests.count == 1)
        let (forbidden, _) = try await signIn { github, _ in github.emails = .answer(404, "{}") }
        #expect(isDenied(forbidden))
    }

    @Test("The pages of addresses are followed to the end")
    func pagination() async throws {
        let (decision, requests) = try await signIn { github, port in
            let next = "http://127.0.0.1:\(port)/api/v3/user/emails?per_page=100&page="
            let other = #"[{"email":"a@home.example","primary":true,"verified":true}]"#
            github.emails = .answer(
                200, other, headers: ["Link: <\(next)2>; rel=\"next\", <\(next)3>; rel=\"last\""])
            github.pages = [
                .answer(200, other, headers: ["Link: <\(next)1>; rel=\"prev\", <\(next)3>; rel=\"next\""]),
                .answer(200, #"[{"email":"mona@example.com","primary":false,"verified":true}]"#),
            ]
        }
        #expect(requests.count == 5)
        guard case .accepted = decision else {
            Issue.record("\(decision)")
            return
        }
    }

    @Test("A next page on another server is not followed, and pages without end are an error")
    func hostilePagination() async throws {
        let one = #"[{"email":"mona@example.com","primary":true,"verified":true}]"#
        let thief = try RawHTTPServer { _ in .answer(200, one) }
        defer { thief.stop() }
        let (elsewhere, _) = try await signIn { github, _ in
            github.emails = .answer(200, one, headers: ["Link: <\(thief.url)/api/v3/user/emails>; rel=\"next\""])
        }
        #expect(isFailed(elsewhere))
        #expect(thief.requests.isEmpty)
        let (endless, requests) = try await signIn { github, port in
            github.emails = .answer(
                200, one,
                headers: ["Link: <http://127.0.0.1:\(port)/api/v3/user/emails?per_page=100>; rel=\"next\""])
        }
        #expect(isFailed(endless))
        #expect(requests.count == 2 + 10)
    }

    @Test(
        "A failing call fails the sign-in with a clear sentence",
        arguments: [
            (401, [], "Sign in again"), (500, [], "not understood"), (403, ["x-ratelimit-remaining: 0"], "limiting"),
            (429, ["retry-after: 60"], "limiting"), (302, ["Location: https://evil.example/"], "not understood"),
        ] as [(Int, [String], String)])
    func failingCalls(status: Int, headers: [String], expected: String) async throws {
        let (user, _) = try await signIn { github, _ in github.user = .answer(status, "{}", headers: headers) }
        #expect(isFailed(user))
        #expect(message(user).contains(expected))
        let (emails, _) = try await signIn { github, _ in github.emails = .answer(status, "{}", headers: headers) }
        #expect(isFailed(emails))
        #expect(message(emails).contains(expected))
    }

    @Test(
        "An account without a positive numeric id and a plain login is none",
        arguments: [
            #"{"login":"octocat"}"#, #"{"login":"octocat","id":"583231"}"#, #"{"login":"octocat","id":0}"#,
            #"{"login":"octocat","id":-1}"#, #"{"login":"octocat","id":1.5}"#, #"{"login":"","id":1}"#,
            #"{"login":"a b","id":1}"#,
            #"{"id":1}"#, "null", "[]",
        ])
    func badUser(body: String) async throws {
        let (decision, _) = try await signIn { github, _ in github.user = .answer(200, body) }
        #expect(isFailed(decision))
    }

    @Test("Silence, too much and no server at all each end in a clear sentence")
    func outage() async throws {
        let (silent, _) = try await signIn(timeout: .milliseconds(200)) { github, _ in github.token = .silence }
        #expect(message(silent).contains("did not answer in time"))
        let (large, _) = try await signIn { github, _ in
            github.user = .endless(Array("HTTP/1.1 200 OK\r\n\r\n".utf8), [UInt8](repeating: 0x20, count: 65536))
        }
        #expect(message(large).contains("not understood"))
        let gone = try RawHTTPServer { _ in .answer() }
        let endpoints = try #require(GitHubEndpoints(baseURL: gone.url))
        gone.stop()
        let provider = GitHubProvider(
            endpoints: endpoints, clientID: "id", clientSecret: "s", rules: AccessPolicy([]),
            http: OutboundHTTPClient(configuration: OutboundHTTPConfiguration(allowedOrigins: endpoints.origins)),
            logger: quietLogger)
        let decision = await provider.finish(AuthorizationAnswer(code: "c", verifier: "v", redirectURI: "r"))
        #expect(message(decision).contains("cannot be reached"))
    }

    @Test("The browser is sent with every parameter escaped, the scopes named and PKCE")
    func address() async throws {
        let provider = GitHubProvider(
            clientID: "Iv1.8a61", clientSecret: "s", rules: AccessPolicy([]),
            http: OutboundHTTPClient(configuration: OutboundHTTPConfiguration(allowedOrigins: [])), logger: quietLogger)
        let request = AuthorizationRequest(
            state: "st", verifier: "ver", redirectURI: "https://calyx.example/flower/login?a=b&c")
        #expect(
            try await provider.begin(request).get()
                == "https://github.com/login/oauth/authorize?client_id=Iv1.8a61"
                + "&redirect_uri=https%3A%2F%2Fcalyx.example%2Fflower%2Flogin%3Fa%3Db%26c&response_type=code"
                + "&scope=read%3Auser%20user%3Aemail&state=st&code_challenge=\(request.proof.challenge)&code_challenge_method=S256"
        )
        #expect(provider.id == "github")
        #expect(provider.displayName == "GitHub")
    }
}
