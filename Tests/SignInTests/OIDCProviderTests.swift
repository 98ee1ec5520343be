import Crypto
import Foundation
import Identity
import RawHTTPServer
import SignIn
import Testing

@Suite("Sign-in by OpenID Connect")
struct OIDCProviderTests {
    private static let byEmail = [[("email_domain", ["example.com"]), ("role", ["operator"])]]

    private func signIn(
        kind: ProviderKind = .oidc, rules: [[(String, [String])]] = byEmail, answered: String? = nil,
        _ change: (inout StandInIssuer.State, String) -> Void = { _, _ in }
    ) async throws -> (ProviderDecision, StandInIssuer) {
        let issuer = try StandInIssuer()
        defer { issuer.stop() }
        issuer.change { change(&$0, issuer.url) }
        return (await (try StandInSignIn(issuer, kind: kind, rules: rules)).finish(issuer: answered), issuer)
    }

    private func isDenied(_ decision: ProviderDecision) -> Bool {
        if case .denied = decision { true } else { false }
    }

    private func isFailed(_ decision: ProviderDecision) -> Bool {
        if case .failed = decision { true } else { false }
    }

    private func message(_ decision: ProviderDecision) -> String {
        switch decision {
        case .denied(let message), .failed(let message): message
        case .accepted: "accepted"
        }
    }

    @Test("A person is the issuer's subject, with the role of the rule")
    func accepted() async throws {
        let issuer = try StandInIssuer()
        defer { issuer.stop() }
        let (principal, authorization) = try await StandInSignIn(issuer, rules: Self.byEmail).accepted()
        #expect(
            principal
                == Principal(
                    provider: "corp", subject: "248289761001", name: "ann", email: "ann@example.com", role: .operator))
        #expect(authorization.accessToken == StandInIssuer.accessToken && authorization.expires != nil)
        let token = try #require(issuer.requests.first { $0.target == "/token" })
        #expect(token.headers["authorization"] == "Basic Y2FseXglMjBjbGllbnQ6cyUyNmNyZXQ=")
        #expect(
            token.body == "grant_type=authorization_code&code=c0de"
                + "&redirect_uri=https%3A%2F%2Fcalyx.example%2Foauth2%2Fcallback%2Fcorp&code_verifier="
                + StandInSignIn.verifier)
    }

    @Test("The browser is sent with state, nonce and PKCE")
    func begin() async throws {
        let issuer = try StandInIssuer()
        defer { issuer.stop() }
        let signIn = try StandInSignIn(issuer, rules: Self.byEmail)
        let request = AuthorizationRequest(
            state: "st", verifier: StandInSignIn.verifier, redirectURI: "https://c.example/x")
        let address = try await signIn.provider.begin(request).get()
        #expect(
            address
                == "\(issuer.url)/authorize?client_id=calyx%20client&redirect_uri=https%3A%2F%2Fc.example%2Fx"
                + "&response_type=code&scope=openid%20email%20profile&state=st&nonce=\(request.proof.nonce)"
                + "&code_challenge=E9Melhoa2OwvFrEMTJguCHaoeK1t8URWbuGJSstw-cM&code_challenge_method=S256")
        #expect(request.proof.nonce != request.proof.challenge)
    }

    @Test(
        "A token whose claims do not hold lets nobody in",
        arguments: [
            ("iss", #""https://evil.example""#), ("iss", ""), ("iss", "1"), ("aud", #""other-client""#), ("aud", ""),
            ("aud", #"["calyx client","other"]"#), ("aud", "[]"), ("aud", #"["calyx client",1]"#),
            ("azp", #""other-client""#), ("exp", ""), ("exp", "\"9999999999\""), ("exp", "1e300"), ("exp", "-1"),
            ("exp", "1000"), ("exp", "null"), ("iat", ""), ("iat", "1000"), ("iat", "99999999999"),
            ("nbf", "99999999998"),
            ("nbf", "\"x\""), ("nonce", ""), ("nonce", "\"other\""), ("nonce", "null"), ("at_hash", "\"AAAA\""),
            ("at_hash", "1"), ("sub", ""), ("sub", "\"\""), ("sub", "1"), ("sub", "\"a b\""),
            ("sub", "\"\(String(repeating: "x", count: 256))\""),
        ])
    func badClaims(name: String, value: String) async throws {
        let (decision, issuer) = try await signIn { state, _ in state.claims[name] = value }
        #expect(isDenied(decision), "\(message(decision))")
        #expect(!message(decision).contains("nonce") && !message(decision).contains("iss"))
        #expect(issuer.count("/userinfo") == 0)
    }

    @Test(
        "A token whose header does not hold lets nobody in",
        arguments: [
            ("alg", "\"none\""), ("alg", "\"nOnE\""), ("alg", ""), ("alg", "1"), ("alg", "\"HS256\""),
            ("alg", "\"RS256\""), ("alg", "\"ES384\""), ("alg", "\"es256\""), ("kid", "\"two\""), ("kid", "1"),
            ("kid", "\"../../../../dev/null\""), ("kid", "\"' OR 1=1\""), ("crit", "[\"exp\"]"), ("zip", "\"DEF\""),
            ("enc", "\"A128GCM\""), ("typ", "\"logout+jwt\""), ("typ", "\"at+jwt\""), ("typ", "1"),
        ])
    func badHeader(name: String, value: String) async throws {
        let (decision, _) = try await signIn { state, _ in state.header[name] = value }
        #expect(isDenied(decision), "\(message(decision))")
    }

    @Test("A changed, unsigned or strangely made token lets nobody in")
    func badTokens() async throws {
        let none = StandInIssuer.part(["alg": "\"none\""])
        let edits: [@Sendable (String) -> String] = [
            { token in String(token.dropLast(2)) + (token.hasSuffix("AA") ? "BB" : "AA") },
            { token in String(token[..<(token.lastIndex(of: ".") ?? token.endIndex)]) + "." },
            { token in String(token[..<(token.lastIndex(of: ".") ?? token.endIndex)]) },
            { token in none + "." + token.split(separator: ".")[1] + "." },
            { token in token + ".x" }, { token in token + "=" }, { _ in "" }, { _ in "a.b.c" },
            { token in token.replacingOccurrences(of: ".", with: "!.") },
        ]
        for (index, edit) in edits.enumerated() {
            let (decision, _) = try await signIn { state, _ in state.idToken = edit }
            #expect(isDenied(decision), "\(index)")
        }
        let secret = Array(StandInIssuer.clientSecret.utf8)
        let (confused, _) = try await signIn { state, _ in
            state.header["alg"] = "\"HS256\""
            state.idToken = { token in
                let input = token[..<(token.lastIndex(of: ".") ?? token.endIndex)]
                let mac = HMAC<SHA256>.authenticationCode(for: Data(input.utf8), using: SymmetricKey(data: secret))
                return "\(input).\(Base64URL.encode(Array(mac)))"
            }
        }
        #expect(isDenied(confused))
    }

    @Test("Doubled members, depth and size are refused")
    func strangePayloads() async throws {
        for claims in [
            ["x": "1,\"email\":\"eve@evil.org\""], ["x": String(repeating: "[", count: 5000)],
            ["x": String(repeating: "[", count: 100) + String(repeating: "]", count: 100)],
            ["x": "\"\(String(repeating: "x", count: 20_000))\""],
        ] {
            let (decision, _) = try await signIn { state, _ in state.claims.merge(claims) { $1 } }
            #expect(isDenied(decision))
        }
    }

    @Test("at_hash binds the access token")
    func accessTokenHash() async throws {
        let hash = Base64URL.encode(Array(SHA256.hash(data: Data(StandInIssuer.accessToken.utf8)).prefix(16)))
        let (decision, _) = try await signIn { state, _ in state.claims["at_hash"] = "\"\(hash)\"" }
        #expect(message(decision) == "accepted")
    }

    @Test("Keys rotate: an unknown id has the set fetched once, and then not for a minute")
    func rotation() async throws {
        let issuer = try StandInIssuer()
        defer { issuer.stop() }
        let signIn = try StandInSignIn(issuer, rules: Self.byEmail)
        _ = try await signIn.accepted()
        #expect(issuer.count("/keys") == 1)
        let next = StandInIssuer.Key(id: "two")
        issuer.change {
            $0.signing = next
            $0.published.append(next.jwk)
        }
        _ = try await signIn.accepted()
        #expect(issuer.count("/keys") == 2)
        issuer.change { $0.signing = StandInIssuer.Key(id: "three") }
        for _ in 0..<20 { #expect(isDenied(await signIn.finish())) }
        #expect(issuer.count("/keys") == 2)
        signIn.clock.advance(61)
        #expect(isDenied(await signIn.finish()))
        #expect(isDenied(await signIn.finish()))
        #expect(issuer.count("/keys") == 3)
        #expect(issuer.count("/.well-known") == 1)
    }

    @Test("A key of the right id that did not sign, or of another kind, does not help")
    func wrongKeys() async throws {
        let stranger = StandInIssuer.Key(id: "one").jwk
        let (other, _) = try await signIn { state, _ in state.published = [stranger] }
        #expect(isDenied(other))
        for change in [
            ["use": "enc"], ["kty": "oct"], ["d": "AA"], ["alg": "RS256"], ["crv": "P-521"], ["kid": "One"],
        ] {
            let (decision, _) = try await signIn { state, _ in
                state.published = [state.signing.jwk.merging(change) { $1 }]
            }
            #expect(isDenied(decision), "\(change)")
        }
    }

    @Test("Many sign-ins at once fetch each document once")
    func singleFlight() async throws {
        let issuer = try StandInIssuer()
        defer { issuer.stop() }
        let signIn = try StandInSignIn(issuer, rules: Self.byEmail)
        await withTaskGroup(of: Void.self) { group in
            for _ in 0..<20 { group.addTask { _ = await signIn.finish() } }
        }
        #expect(issuer.count("/.well-known") == 1 && issuer.count("/keys") == 1)
    }

    @Test(
        "A discovery document that is not the issuer's, or leads elsewhere, is not used",
        arguments: [
            ("issuer", "https://evil.example"), ("token_endpoint", "http://127.0.0.1:6379/"),
            ("token_endpoint", "https://evil.example/token"), ("jwks_uri", "file:///etc/passwd"), ("jwks_uri", ""),
            ("jwks_uri", "https://10.0.0.1/keys"), ("authorization_endpoint", "javascript:alert(1)"),
            ("authorization_endpoint", "http://evil.example/"),
        ])
    func badDiscovery(name: String, value: String) async throws {
        let (decision, issuer) = try await signIn { state, _ in state.discovery[name] = value }
        #expect(isFailed(decision))
        #expect(issuer.requests.map(\.target) == ["/.well-known/openid-configuration"])
    }

    @Test("The issuer parameter is checked before the code is spent")
    func issuerParameter() async throws {
        let (wrong, first) = try await signIn(answered: "https://evil.example")
        #expect(isDenied(wrong) && first.count("/token") == 0)
        let (missing, second) = try await signIn { state, _ in state.sendsIssuer = true }
        #expect(isDenied(missing) && second.count("/token") == 0)
    }

    @Test("An address counts when it is verified, which is a JSON true")
    func emailVerified() async throws {
        for value in ["false", "\"true\"", "1", "null", ""] {
            let (decision, _) = try await signIn { state, _ in state.claims["email_verified"] = value }
            #expect(isDenied(decision), "\(value)")
        }
        let (reduced, _) = try await signIn { state, _ in state.token["scope"] = "\"openid profile\"" }
        #expect(isDenied(reduced), "an address without the scope is another one")
    }

    @Test("Userinfo is asked for what the token lacks, and must be about the same person")
    func userInfo() async throws {
        let groups = [[("oidc_group", ["ops"]), ("role", ["admin"])]]
        let (decision, issuer) = try await signIn(rules: groups) { state, _ in
            state.userInfoClaims = ["groups": #"["dev","ops"]"#]
        }
        #expect(message(decision) == "accepted" && issuer.count("/userinfo") == 1)
        let (other, _) = try await signIn(rules: groups) { state, _ in
            state.userInfoClaims = ["groups": #"["ops"]"#, "sub": "\"1\""]
        }
        #expect(isDenied(other))
        let (html, _) = try await signIn(rules: groups) { state, _ in state.userInfo = .answer(200, "<html>") }
        #expect(isFailed(html))
    }

    @Test("Google: the domain of the account counts; a consumer account proves no work address")
    func google() async throws {
        let domain = [[("google_domain", ["example.com"]), ("role", ["viewer"])]]
        for rules in [domain, Self.byEmail] {
            let (consumer, _) = try await signIn(kind: .google, rules: rules)
            #expect(isDenied(consumer))
            let (other, _) = try await signIn(kind: .google, rules: rules) { state, _ in
                state.claims["hd"] = "\"other.com\""
            }
            #expect(isDenied(other))
            let (unverified, _) = try await signIn(kind: .google, rules: Self.byEmail) { state, _ in
                state.claims["hd"] = "\"example.com\""
                state.claims["email_verified"] = "false"
            }
            #expect(isDenied(unverified))
            let (member, _) = try await signIn(kind: .google, rules: rules) { state, _ in
                state.claims["hd"] = "\"example.com\""
            }
            #expect(message(member) == "accepted")
        }
    }

    @Test("GitLab: groups are exact paths with a level, on whatever page they stand")
    func gitLab() async throws {
        let rules = [[("gitlab_group", ["acme"]), ("gitlab_level", ["developer"]), ("role", ["operator"])]]
        let first = "/api/v4/groups?min_access_level=30&per_page=100&order_by=id"
        func groups(_ last: String, next: String? = nil) -> (inout StandInIssuer.State, String) -> Void {
            { state, url in
                let link = next ?? "\(url)/api/v4/groups?page=2"
                state.other[first] = .answer(
                    200, #"[{"full_path":"acme-evil"},{"full_path":"evil/acme"}]"#,
                    headers: ["Link: <\(link)>; rel=\"next\""])
                state.other["/api/v4/groups?page=2"] = .answer(200, last)
            }
        }
        let (outsider, _) = try await signIn(kind: .gitlab, rules: rules, groups("[]"))
        #expect(isDenied(outsider))
        let (member, _) = try await signIn(kind: .gitlab, rules: rules, groups(#"[{"full_path":"acme"}]"#))
        #expect(message(member) == "accepted")
        let (elsewhere, _) = try await signIn(kind: .gitlab, rules: rules, groups("[]", next: "https://evil.example/"))
        #expect(isFailed(elsewhere))
        let (reduced, issuer) = try await signIn(kind: .gitlab, rules: rules) { state, _ in
            state.token["scope"] = "\"openid email profile\""
        }
        #expect(isDenied(reduced) && issuer.count("/api/v4") == 0)
        #expect(message(reduced).contains("allow reading them"))
    }

    @Test("A provider that is down fails with a sentence, and is not asked again at once")
    func down() async throws {
        let issuer = try StandInIssuer()
        defer { issuer.stop() }
        issuer.change { $0.isDown = true }
        let signIn = try StandInSignIn(issuer, rules: Self.byEmail)
        let request = AuthorizationRequest(state: "s", verifier: "v", redirectURI: "r")
        for _ in 0..<5 {
            guard case .failure(let unavailable) = await signIn.provider.begin(request) else {
                Issue.record("it began")
                return
            }
            #expect(unavailable.message.contains("Corporate cannot be reached"))
        }
        #expect(issuer.requests.count == 1)
        issuer.change { $0.isDown = false }
        signIn.clock.advance(6)
        guard case .success = await signIn.provider.begin(request) else {
            Issue.record("it is up again")
            return
        }
    }
}
