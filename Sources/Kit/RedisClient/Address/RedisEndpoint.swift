/// Where a Redis server is and how to sign in to it.
package struct RedisEndpoint: Sendable, Equatable {
    package enum Address: Sendable, Equatable {
        case tcp(host: String, port: Int)
        case unix(path: String)
        /// The master that Sentinels name, asked anew at each connecting.
        case sentinel(RedisSentinel)
    }

    package var address: Address
    /// ACL user; nil is Redis' `default` user.
    package var user: String?
    package var password: String?
    package var database: Int
    /// nil is a connection in the clear.
    package var tls: RedisTLS?

    package init(
        address: Address, user: String? = nil, password: String? = nil, database: Int = 0, tls: RedisTLS? = nil
    ) {
        self.address = address
        self.user = user
        self.password = password
        self.database = database
        self.tls = tls
    }

    /// `host:port` or the socket's path, for messages.
    package var place: String {
        switch address {
        case .tcp(let host, let port): host.contains(":") ? "[\(host)]:\(port)" : "\(host):\(port)"
        case .unix(let path): path
        case .sentinel(let sentinel): sentinel.place
        }
    }

    /// The URL with the password as `**`.
    package var maskedURL: String {
        let credentials =
            switch (user, password) {
            case (nil, nil): ""
            case (let user?, nil): "\(user)@"
            case (let user, _?): "\(user ?? ""):**@"
            }
        return switch address {
        case .tcp: "\(tls == nil ? "redis" : "rediss")://\(credentials)\(place)/\(database)"
        case .unix: "redis+socket://\(credentials)\(place)?virtual_host=\(database)"
        case .sentinel(let sentinel):
            sentinel.nodes.map { "\(sentinel.scheme)://\(credentials)\($0.place)/\(database)" }.joined(separator: ";")
        }
    }
}

/// How the server's certificate is checked and which one we show, after redis-py's `ssl_*` options.
package struct RedisTLS: Sendable, Equatable {
    package enum Verification: Sendable, Equatable {
        case full
        /// `ssl_check_hostname=false`: a trusted certificate for any name.
        case withoutHostname
        /// `ssl_cert_reqs=none`
        case none
    }

    package var verification: Verification
    /// PEM file of trusted certificates; nil trusts what the system trusts.
    package var authorityFile: String?
    package var certificateFile: String?
    package var keyFile: String?

    package init(
        verification: Verification = .full, authorityFile: String? = nil, certificateFile: String? = nil,
        keyFile: String? = nil
    ) {
        self.verification = verification
        self.authorityFile = authorityFile
        self.certificateFile = certificateFile
        self.keyFile = keyFile
    }
}
