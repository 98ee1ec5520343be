import Testing

@testable import GatewayServer

@Suite("The cross-site rules")
struct CrossSitePolicyTests {
    struct Case: Sendable {
        var origin: String?
        var site: String?
        var token: String?
        let verdict: CrossSitePolicy.Verdict
    }

    static let own = "https://calyx.example"

    @Test(
        "a session needs the own origin and its token",
        arguments: [
            Case(origin: own, token: "secret", verdict: .allowed),
            Case(origin: "HTTPS://Calyx.example", token: "secret", verdict: .allowed),
            Case(site: "same-origin", token: "secret", verdict: .allowed),
            Case(origin: own, site: "cross-site", token: "secret", verdict: .allowed),
            Case(origin: own, verdict: .tokenMissing),
            Case(origin: own, token: "", verdict: .tokenWrong),
            Case(origin: own, token: "secreT", verdict: .tokenWrong),
            Case(origin: own, token: "secret2", verdict: .tokenWrong),
            Case(token: "secret", verdict: .foreignOrigin),
            Case(origin: "null", token: "secret", verdict: .foreignOrigin),
            Case(origin: "", token: "secret", verdict: .foreignOrigin),
            Case(origin: "https://evil.example", token: "secret", verdict: .foreignOrigin),
            Case(origin: "https://evil.example", site: "same-origin", token: "secret", verdict: .foreignOrigin),
            Case(origin: "http://calyx.example", token: "secret", verdict: .foreignOrigin),
            Case(origin: "https://calyx.example:8443", token: "secret", verdict: .foreignOrigin),
            Case(origin: "https://other.calyx.example", token: "secret", verdict: .foreignOrigin),
            Case(origin: "https://calyx.example/", token: "secret", verdict: .foreignOrigin),
            Case(origin: "https://calyx.example.evil", token: "secret", verdict: .foreignOrigin),
            Case(site: "same-site", token: "secret", verdict: .foreignOrigin),
            Case(site: "cross-site", token: "secret", verdict: .foreignOrigin),
            Case(site: "none", token: "secret", verdict: .foreignOrigin),
        ])
    func session(test: Case) {
        let verdict = CrossSitePolicy.judge(
            .session(token: "secret"), origin: test.origin, secFetchSite: test.site, ownOrigin: Self.own,
            token: test.token)
        #expect(verdict == test.verdict)
    }

    @Test(
        "a password passes from programs, and from a browser only from the own origin",
        arguments: [
            Case(verdict: .allowed),
            Case(origin: own, verdict: .allowed),
            Case(origin: own, site: "same-origin", verdict: .allowed),
            Case(site: "same-origin", verdict: .allowed),
            Case(origin: "https://evil.example", verdict: .foreignOrigin),
            Case(origin: "null", verdict: .foreignOrigin),
            Case(site: "cross-site", verdict: .foreignOrigin),
            Case(site: "same-site", verdict: .foreignOrigin),
            Case(site: "none", verdict: .foreignOrigin),
            Case(origin: own, site: "cross-site", verdict: .foreignOrigin),
        ])
    func authorization(test: Case) {
        let verdict = CrossSitePolicy.judge(
            .authorization, origin: test.origin, secFetchSite: test.site, ownOrigin: Self.own, token: nil)
        #expect(verdict == test.verdict)
    }
}
