/// The service as the browser of one request sees it.
struct BrowserView: Sendable {
    /// The client's address, or what stands for it, for log and throttles.
    let client: String
    let isSecure: Bool
    private let external: ExternalURL?
    private let host: HostField

    init(client: String, isSecure: Bool, external: ExternalURL?, host: HostField) {
        self.client = client
        self.isSecure = isSecure
        self.external = external
        self.host = host
    }

    /// `scheme://host[:port]`, lower case, as in `Origin`.
    var origin: String {
        external?.origin ?? (isSecure ? "https://" : "http://") + host.authority(isSecure: isSecure)
    }
}

/// Derives a `BrowserView` from configuration first, trusted proxies second, the connection last.
struct BrowserViewRule: Sendable {
    let external: ExternalURL?
    let forwarded: ForwardedFields
    let hasTLS: Bool

    func view(peer: Peer, host: HostField, fields: InspectedFields) -> BrowserView {
        let client = forwarded.client(of: peer, forwardedFor: fields.forwardedFor)
        if let external {
            return BrowserView(client: client, isSecure: external.isSecure, external: external, host: host)
        }
        let isSecure = forwarded.isSecure(peer: peer, forwardedProto: fields.forwardedProto) ?? hasTLS
        let host = forwarded.host(peer: peer, forwardedHost: fields.forwardedHost) ?? host
        return BrowserView(client: client, isSecure: isSecure, external: nil, host: host)
    }
}
