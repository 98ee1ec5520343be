import NIOCore

/// The other end of a connection, judged once when it is accepted.
struct Peer: Sendable {
    /// Nil for a unix socket.
    let address: IPAddress?
    /// What the log and the throttles call it: an address, or `unix`.
    let text: String
    /// Its `X-Forwarded-*` fields are believed.
    let isTrustedProxy: Bool
    /// A trusted proxy, a loopback address or a unix socket.
    let isLocalOrTrusted: Bool

    init(_ address: SocketAddress?, proxies: TrustedProxies) {
        let ip = address.flatMap(IPAddress.init)
        self.address = ip
        text = ip?.description ?? "unix"
        isTrustedProxy = proxies.contains(ip)
        isLocalOrTrusted = isTrustedProxy || ip?.isLoopback ?? true
    }
}

/// Whose forwarding fields are believed.
struct TrustedProxies: Sendable {
    let ranges: [AddressRange]
    /// `--xheaders`: also loopback and unix peers.
    let trustsLocal: Bool

    /// `nil` is a unix socket.
    func contains(_ address: IPAddress?) -> Bool {
        guard let address else { return trustsLocal }
        return trustsLocal && address.isLoopback || ranges.contains { $0.contains(address) }
    }
}
