/// Where providers send browsers back to. The addresses are made from configuration only, and each belongs to one
/// provider: an answer cannot be taken for another one's (RFC 9700, section 4.4).
struct SignInCallbacks: Sendable {
    /// A path of its own: canonical and without prefix.
    struct Path: Sendable, Equatable {
        let path: String
        let provider: String
    }

    private let configured: [String: String]
    /// The address of this service with its prefix.
    private let external: String?
    let paths: [Path]

    /// Throws a sentence when an address is not absolute http(s) with a canonical path, or two providers have the same.
    init(
        redirectURIs: [String: String], external: ExternalURL?, prefix: PathPrefix
    ) throws(GatewayStartError) {
        configured = redirectURIs
        var paths: [Path] = []
        var origins: [String] = []
        for (provider, address) in redirectURIs.sorted(by: { $0.key < $1.key }) {
            let path = try Self.path(of: address, prefix)
            guard !paths.contains(where: { $0.path == path }) else {
                throw GatewayStartError(
                    "redirect_uri: two providers have the callback \(address); give each an address of its own")
            }
            paths.append(Path(path: path, provider: provider))
            if let origin = ExternalURL(address)?.origin { origins.append(origin) }
        }
        self.paths = paths
        self.external = (external?.origin ?? origins.first).map { $0 + prefix.value }
    }

    /// Nil when neither an address of its own nor the address of this service is known.
    func redirectURI(provider: String) -> String? {
        configured[provider] ?? external.map { "\($0)/oauth2/callback/\(provider)" }
    }

    private static func path(of address: String, _ prefix: PathPrefix) throws(GatewayStartError) -> String {
        let rest = address.split(separator: "://", maxSplits: 1, omittingEmptySubsequences: false)
        guard ExternalURL(address) != nil, rest.count == 2, let slash = rest[1].firstIndex(of: "/"),
            let canonical = try? CanonicalPath(rest[1][slash...]), canonical.value == rest[1][slash...]
        else {
            throw GatewayStartError(
                "oauth2_redirect_uri: \"\(address)\" is not an absolute http(s) address with a plain path")
        }
        switch PrefixRule(prefix: prefix, mode: .auto).match(canonical, isLocalOrTrusted: true) {
        case .inside(let path) where path != "/": return path
        default:
            throw GatewayStartError(
                "oauth2_redirect_uri: the path of \"\(address)\" must name a page of its own, for example /login")
        }
    }
}
