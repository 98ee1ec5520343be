import Identity

/// Everything the gateway needs to know before it starts. All values are checked already: what cannot be right has no
/// representation here, or is refused by the initialiser of its type.
package struct GatewayConfiguration: Sendable {
    package enum Listener: Sendable, Equatable {
        /// An empty host means all IPv4 and IPv6 addresses; port 0 lets the kernel choose.
        case tcp(host: String, port: Int)
        /// A socket file, replaced when it exists, with this mode (for example `0o660`).
        case unix(path: String, mode: UInt32)
    }

    /// PEM files: the certificate with its chain, and its key.
    package struct TLSFiles: Sendable, Equatable {
        package var certificate: String
        package var key: String
        /// The authorities whose client certificates are believed; nil: none are asked for.
        package var clientAuthorities: String?
        /// Whoever has no client certificate does not get through the handshake.
        package var requiresClientCertificate = false

        package init(certificate: String, key: String) {
            self.certificate = certificate
            self.key = key
        }
    }

    package enum CoreAddress: Sendable, Equatable {
        case unix(path: String)
        case tcp(host: String, port: Int)
        /// Both sides show a certificate of the authority.
        case tls(host: String, port: Int, CoreTLSFiles)
    }

    /// PEM files with which the gateway shows itself to the core and recognises it.
    package struct CoreTLSFiles: Sendable, Equatable {
        package var certificate: String
        package var key: String
        package var authorities: String

        package init(certificate: String, key: String, authorities: String) {
            self.certificate = certificate
            self.key = key
            self.authorities = authorities
        }
    }

    package var listeners: [Listener]
    package var tls: TLSFiles?
    package var core: CoreAddress
    /// The core, when it runs in this process.
    package var nearCore: (any NearCore)?
    package var keys: AssertionKeys
    package var prefix = PathPrefix.none
    package var prefixMode = PrefixMode.auto
    /// What browsers call this service; all absolute addresses and the own origin come from it when it is set.
    package var externalURL: ExternalURL?
    /// `host` or `host:port`. When this or `externalURL` is set, any other host is answered with 421.
    package var allowedHosts: [String] = []
    /// Peers whose `X-Forwarded-*` fields are believed.
    package var trustedProxies: [AddressRange] = []
    /// `--xheaders`: loopback and unix-socket peers are trusted proxies too.
    package var trustsLocalProxies = false
    /// Replaces the name of the session cookie.
    package var cookieName: String?
    /// Anonymous reading of the few API routes of `PublicRoutes`.
    package var unauthenticatedAPI = false
    /// `--metrics_auth=none`: anonymous reading of `/metrics`.
    package var openMetrics = false
    /// Everybody is viewer.
    package var readOnly = false
    /// Where `/livez`, `/readyz` and `/metrics` of the gateway are open to whoever can connect; nil: nowhere.
    package var admin: (host: String, port: Int)?
    /// Callback addresses of their own that providers have, absolute, by the id of the provider.
    package var redirectURIs: [String: String] = [:]
    /// Seconds between two checks of one session's membership.
    package var membershipInterval = 300
    /// Origins whose pages may use the API with a credential in a field; never with a cookie.
    package var corsOrigins: [String] = []
    /// What pages say of the product.
    package var product = ProductNames()
    package var limits = GatewayLimits()

    package init(listeners: [Listener], core: CoreAddress, keys: AssertionKeys) {
        self.listeners = listeners
        self.core = core
        self.keys = keys
    }
}

/// Why the gateway cannot start, as one sentence for whoever starts the program.
package struct GatewayStartError: Error, Sendable, Equatable, CustomStringConvertible {
    package let description: String

    package init(_ description: String) { self.description = description }
}
