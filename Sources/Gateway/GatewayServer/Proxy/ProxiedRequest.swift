/// How one request came: from whom, and with which words about the client.
struct ProxiedRequest: Sendable {
    let peer: String
    let isTrusted: Bool
    let host: String
    let forwardedFor: [String]
    let forwardedProto: String?
    let forwardedHost: String?
    let isHTTP10: Bool
    /// Nil when there is no prefix.
    let hasPrefix: Bool?

    init(_ request: InspectedRequest, from peer: Peer, prefix: PathPrefix) {
        self.peer = peer.text
        isTrusted = peer.isTrustedProxy
        host = request.host.port.map { "\(request.host.host):\($0)" } ?? request.host.host
        forwardedFor = request.section.fields.forwardedFor
        forwardedProto = request.section.fields.forwardedProto
        forwardedHost = request.section.fields.forwardedHost
        isHTTP10 = request.isHTTP10
        hasPrefix = prefix.value.isEmpty ? nil : request.path.value.utf8.starts(with: "\(prefix.value)/".utf8)
    }
}
