import CryptoExtras
import Foundation
import Identity
import RawHTTPServer
import SignIn
import Synchronization
import Testing

@Suite("Judging a signed-in person again")
struct RecheckTests {
    private static let groups = [[("oidc_group", ["ops"]), ("role", ["operator"])]]

    private func isEnded(_ recheck: Recheck) -> Bool { if case .ended = recheck { true } else { false } }
    private func isUnavailable(_ recheck: Recheck) -> Bool { if case .unavailable = recheck { true } else { false } }

    @Test("A lost group ends the session, an outage does not")
    func groups() async throws {
        let issuer = try StandInIssuer()
        defer { issuer.stop() }
        issuer.change { $0.userInfoClaims = ["groups": #"["ops"]"#] }
        let signIn = try StandInSignIn(issuer, rules: Self.groups)
        let (principal, authorization) = try await signIn.accepted()
        guard case .allowed(let again, _) = await signIn.provider.recheck(principal, authorization) else {
            Issue.record("not allowed")
            return
        }
        #expect(again == principal)
        issuer.change { $0.isDown = true }
        #expect(isUnavailable(await signIn.provider.recheck(principal, authorization)))
        issuer.change {
            $0.isDown = false
            $0.userInfoClaims = ["groups": "[]"]
        }
        #expect(isEnded(await signIn.provider.recheck(principal, authorization)))
        issuer.change { $0.userInfo = .answer(401, "{}") }
        #expect(isEnded(await signIn.provider.recheck(principal, authorization)))
        issuer.change { $0.userInfo = .answer(429, "{}") }
        #expect(isUnavailable(await signIn.provider.recheck(principal, authorization)))
    }

    @Test("A changed rule gives another role")
    func rules() async throws {
        let issuer = try StandInIssuer()
        defer { issuer.stop() }
        issuer.change { $0.userInfoClaims = ["groups": #"["ops"]"#] }
        let (principal, authorization) = try await StandInSignIn(issuer, rules: Self.groups).accepted()
        let stricter = try StandInSignIn(issuer, rules: [[("oidc_group", ["ops"]), ("role", ["viewer"])]])
        guard case .allowed(let now, _) = await stricter.provider.recheck(principal, authorization) else {
            Issue.record("not allowed")
            return
        }
        #expect(now.role == .viewer)
    }

    @Test("An old token is renewed, and the new refresh token is handed back")
    func refresh() async throws {
        let issuer = try StandInIssuer()
        defer { issuer.stop() }
        issuer.change {
            $0.userInfoClaims = ["groups": #"["ops"]"#]
            $0.token["refresh_token"] = "\"r2\""
        }
        let signIn = try StandInSignIn(issuer, rules: Self.groups)
        var (principal, authorization) = try await signIn.accepted()
        authorization.expires = issuer.state.withLock { $0.now } - 10
        authorization.refreshToken = "r1"
        issuer.change { $0.claims["nonce"] = "" }
        guard case .allowed(_, let renewed) = await signIn.provider.recheck(principal, authorization) else {
            Issue.record("not allowed")
            return
        }
        #expect(renewed.refreshToken == "r2" && (renewed.expires ?? 0) > (authorization.expires ?? 0) + 3000)
        #expect(issuer.requests.contains { $0.body == "grant_type=refresh_token&refresh_token=r1" })
        issuer.change { $0.tokenReply = .answer(400, #"{"error":"invalid_grant"}"#) }
        #expect(isEnded(await signIn.provider.recheck(principal, authorization)))
        issuer.change { $0.tokenReply = .answer(503, "") }
        #expect(isUnavailable(await signIn.provider.recheck(principal, authorization)))
        authorization.refreshToken = nil
        let count = issuer.requests.count
        guard case .allowed = await signIn.provider.recheck(principal, authorization) else {
            Issue.record("what was vouched for counts when the provider cannot be asked any more")
            return
        }
        #expect(issuer.requests.count == count)
        principal.subject = "other"
        #expect(isEnded(await signIn.provider.recheck(principal, authorization)))
    }

    @Test("Groups of a Google Workspace are asked of its directory")
    func googleGroups() async throws {
        let issuer = try StandInIssuer()
        defer { issuer.stop() }
        let key = try _RSA.Signing.PrivateKey(keySize: .bits2048)
        let account = try JSONEncoder().encode([
            "client_email": "calyx@project.iam.gserviceaccount.com", "private_key": key.pemRepresentation,
            "token_uri": "\(issuer.url)/service",
        ])
        let directory = try #require(
            GoogleDirectory(file: Array(account), administrator: "admin@example.com", api: issuer.url))
        let member = "/admin/directory/v1/groups/ops%40example.com/hasMember/ann%40example.com"
        issuer.change {
            $0.claims["hd"] = "\"example.com\""
            $0.other["/service"] = .answer(200, #"{"access_token":"svc","token_type":"Bearer","expires_in":3599}"#)
            $0.other[member] = .answer(200, #"{"isMember":true}"#)
        }
        let rules = [[("google_group", ["ops@example.com"]), ("role", ["operator"])]]
        let signIn = try StandInSignIn(issuer, kind: .google, rules: rules) { $0.googleDirectory = directory }
        let (principal, authorization) = try await signIn.accepted()
        let asked = try #require(issuer.requests.first { $0.target == "/service" })
        #expect(asked.body.hasPrefix("grant_type=urn%3Aietf%3Aparams%3Aoauth%3Agrant-type%3Ajwt-bearer&assertion=ey"))
        #expect(issuer.requests.first { $0.target == member }?.headers["authorization"] == "Bearer svc")
        issuer.change { $0.other[member] = .answer(200, #"{"isMember":false}"#) }
        #expect(isEnded(await signIn.provider.recheck(principal, authorization)))
        issuer.change { $0.other[member] = .answer(403, "{}") }
        #expect(isUnavailable(await signIn.provider.recheck(principal, authorization)))
        guard case .failed = await signIn.finish() else {
            Issue.record("a directory that does not answer lets nobody in")
            return
        }
    }
}
