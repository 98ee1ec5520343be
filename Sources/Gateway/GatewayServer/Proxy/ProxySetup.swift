/// What the configuration says about the way from browsers to the gateway.
package struct ProxySetup: Sendable {
    package let prefix: PathPrefix
    let mode: PrefixMode
    let external: ExternalURL?
    let trustedProxies: [AddressRange]
    /// `--xheaders`.
    let trustsLocal: Bool
    let listener: GatewayConfiguration.Listener
    let tls: GatewayConfiguration.TLSFiles?
    let cookieName: String?
    /// Absolute callback addresses that providers know.
    let redirectURIs: [String]

    package init(_ configuration: GatewayConfiguration) {
        prefix = configuration.prefix
        mode = configuration.prefixMode
        external = configuration.externalURL
        trustedProxies = configuration.trustedProxies
        trustsLocal = configuration.trustsLocalProxies
        listener = configuration.listeners.first ?? .tcp(host: "", port: 0)
        tls = configuration.tls
        cookieName = configuration.cookieName
        redirectURIs = Array(configuration.redirectURIs.values)
    }

    var trustsAnybody: Bool { trustsLocal || !trustedProxies.isEmpty }

    /// Only programs on this machine can connect, so there is a proxy or no other machine at all.
    var isLocalOnly: Bool {
        switch listener {
        case .unix: true
        case .tcp(let host, _): host == "localhost" || IPAddress(host)?.isLoopback ?? false
        }
    }

    var isUnix: Bool { if case .unix = listener { true } else { false } }

    /// Nothing speaks for https: neither the port, nor the address outside, nor a proxy that may say so.
    var isSurelyPlain: Bool { external.map { !$0.isSecure } ?? (tls == nil && !trustsAnybody) }
}
