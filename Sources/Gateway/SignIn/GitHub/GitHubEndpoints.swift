import OutboundHTTP

/// Where GitHub, or a GitHub Enterprise Server, answers.
package struct GitHubEndpoints: Sendable, Equatable {
    package let authorize: String
    package let token: String
    /// The base of REST calls, without a slash at its end.
    package let api: String

    /// github.com itself.
    package static let publicGitHub = GitHubEndpoints(
        authorize: "https://github.com/login/oauth/authorize", token: "https://github.com/login/oauth/access_token",
        api: "https://api.github.com")

    /// The endpoints below a base URL: `https://github.com`, `https://ghe.example.com`, or a bare host name, which means
    /// https. Plain http is taken only when the URL says so. Nil when it is no http or https URL of a host.
    ///
    /// Enterprise Server has its API at `/api/v3` of the same host; tenants of `ghe.com` have it at `api.<tenant>`.
    package init?(baseURL: String) {
        let url = baseURL.contains("://") ? baseURL : "https://\(baseURL)"
        guard let origin = OutboundOrigin(url),
            url.utf8.allSatisfy({ $0 > 0x20 && $0 < 0x7F && $0 != 0x3F && $0 != 0x23 })
        else { return nil }
        if origin == OutboundOrigin(Self.publicGitHub.token) {
            self = .publicGitHub
            return
        }
        var base = url[...]
        while base.hasSuffix("/") { base = base.dropLast() }
        let isTenant = origin.scheme == .https && origin.host.hasSuffix(".ghe.com") && origin.port == 443
        self.init(
            authorize: "\(base)/login/oauth/authorize", token: "\(base)/login/oauth/access_token",
            api: isTenant ? "https://api.\(origin.host)" : "\(base)/api/v3")
    }

    private init(authorize: String, token: String, api: String) {
        self.authorize = authorize
        self.token = token
        self.api = api
    }

    /// Every origin that sign-in calls go to: the allow list of the HTTP client.
    package var origins: Set<OutboundOrigin> { Set([token, api].compactMap { OutboundOrigin($0) }) }
}
