/// Where providers send browsers back to. The address is made from configuration only.
struct SignInCallbacks: Sendable {
    private let configured: String?
    private let external: String?
    /// Canonical and without prefix; nil when every provider has its own path.
    let path: String?

    /// Throws a sentence when `redirectURI` is no absolute http(s) address with a canonical path.
    init(redirectURI: String?, external: ExternalURL?, prefix: PathPrefix) throws(GatewayStartError) {
        configured = redirectURI
        self.external = external.map { $0.origin + prefix.value }
        guard let redirectURI else {
            path = nil
            return
        }
        let rest = redirectURI.split(separator: "://", maxSplits: 1, omittingEmptySubsequences: false)
        guard ExternalURL(redirectURI) != nil, rest.count == 2, let slash = rest[1].firstIndex(of: "/"),
            let canonical = try? CanonicalPath(rest[1][slash...]), canonical.value == rest[1][slash...]
        else {
            throw GatewayStartError(
                "oauth2_redirect_uri: \"\(redirectURI)\" is not an absolute http(s) address with a plain path")
        }
        let rule = PrefixRule(prefix: prefix, mode: .auto)
        switch rule.match(canonical, isLocalOrTrusted: true) {
        case .inside(let path) where path != "/": self.path = path
        default:
            throw GatewayStartError(
                "oauth2_redirect_uri: the path of \"\(redirectURI)\" must name a page of its own, for example /login")
        }
    }

    /// Nil when neither a redirect address nor the external address is configured.
    func redirectURI(provider: String) -> String? {
        configured ?? external.map { "\($0)/oauth2/callback/\(provider)" }
    }
}
