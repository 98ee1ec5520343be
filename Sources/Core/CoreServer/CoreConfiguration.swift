package import Identity

/// How the core listens and whom it answers.
package struct CoreConfiguration: Sendable {
    package enum Listener: Sendable, Equatable {
        /// A unix socket; `mode` is 0o600, or 0o660 when gateway and core are two users of one group.
        case unix(path: String, mode: UInt32 = 0o600)
        /// Loopback or a private network; port 0 is any free one.
        case tcp(host: String, port: Int)
        /// Another machine's gateway: both sides show a certificate of the authority.
        case tls(host: String, port: Int, TLSFiles)
    }

    /// PEM files.
    package struct TLSFiles: Sendable, Equatable {
        package var certificate: String
        package var key: String
        /// Whose certificates a gateway must have.
        package var authorities: String

        package init(certificate: String, key: String, authorities: String) {
            self.certificate = certificate
            self.key = key
            self.authorities = authorities
        }
    }

    package var listen: Listener
    package var keys: AssertionKeys
    /// With a unix socket: the only user id that may connect. Nil: whoever the socket's mode lets in.
    package var peerUID: UInt32?
    /// Where `/livez`, `/readyz` and `/metrics` are open to everybody who can connect; nil: nowhere.
    package var adminListen: Listener?
    /// Bytes of a request body.
    package var bodyLimit: Int
    /// Seconds without a request after which a connection is closed.
    package var idleTimeout: Double
    package var connectionLimit: Int
    /// Live streams at the same time, all together and for one person.
    package var liveStreamLimit: Int
    package var liveStreamsPerPrincipal: Int

    package init(
        listen: Listener, keys: AssertionKeys, peerUID: UInt32? = nil, adminListen: Listener? = nil,
        bodyLimit: Int = 1 << 20, idleTimeout: Double = 90, connectionLimit: Int = 4096, liveStreamLimit: Int = 1024,
        liveStreamsPerPrincipal: Int = 32
    ) {
        self.listen = listen
        self.keys = keys
        self.peerUID = peerUID
        self.adminListen = adminListen
        self.bodyLimit = bodyLimit
        self.idleTimeout = idleTimeout
        self.connectionLimit = connectionLimit
        self.liveStreamLimit = liveStreamLimit
        self.liveStreamsPerPrincipal = liveStreamsPerPrincipal
    }
}
