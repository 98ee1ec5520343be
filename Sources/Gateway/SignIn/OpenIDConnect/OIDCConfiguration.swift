import OutboundHTTP

/// How one OpenID Connect provider is set up.
package struct OIDCConfiguration: Sendable {
    package var id: String
    package var kind: ProviderKind
    package var displayName: String
    package var issuer: IssuerURL
    package var clientID: String
    package var clientSecret: String
    package var scopes: [String]
    /// The claim that holds the person's groups.
    package var groupsClaim = "groups"
    /// Accepted signatures of id_tokens.
    package var algorithms: Set<String>
    /// More servers that discovery may name.
    package var endpointOrigins: Set<OutboundOrigin> = []
    /// Asked for groups of a Google Workspace.
    package var googleDirectory: GoogleDirectory?

    /// What each kind of provider needs.
    package init(
        id: String, kind: ProviderKind, displayName: String? = nil, issuer: IssuerURL, clientID: String,
        clientSecret: String
    ) {
        self.id = id
        self.kind = kind
        self.issuer = issuer
        self.clientID = clientID
        self.clientSecret = clientSecret
        scopes = ["openid", "email", "profile"]
        algorithms = VerificationKey.defaultAlgorithms
        let host = issuer.origin.host
        switch kind {
        case .google:
            self.displayName = displayName ?? "Google"
            endpointOrigins = Set(Self.googleOrigins.compactMap { OutboundOrigin($0) })
        case .gitlab: self.displayName = displayName ?? (host == "gitlab.com" ? "GitLab" : "GitLab (\(host))")
        case .okta: self.displayName = displayName ?? "Okta"
        case .github, .oidc, .password: self.displayName = displayName ?? host
        }
    }

    private static let googleOrigins = [
        "https://oauth2.googleapis.com", "https://openidconnect.googleapis.com", "https://www.googleapis.com",
    ]

    /// Everything that may be called: the allow list of the HTTP client.
    package var origins: Set<OutboundOrigin> { endpointOrigins.union([issuer.origin]) }

    /// Every algorithm that can be configured.
    package static var supportedAlgorithms: Set<String> { VerificationKey.supportedAlgorithms }
}
