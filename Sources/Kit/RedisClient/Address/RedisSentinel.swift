/// Redis Sentinels that watch one master, and how to sign in to them.
package struct RedisSentinel: Sendable, Equatable {
    package struct Node: Sendable, Equatable {
        package var host: String
        package var port: Int

        package init(host: String, port: Int) {
            self.host = host
            self.port = port
        }

        package var place: String { host.contains(":") ? "[\(host)]:\(port)" : "\(host):\(port)" }
    }

    package var nodes: [Node]
    /// The name that the Sentinels know the master by (Celery's `master_name`).
    package var master: String
    /// For the Sentinels themselves; the master's are the endpoint's.
    package var user: String?
    package var password: String?
    /// Of the Sentinels themselves; nil is in the clear. The master's is the endpoint's.
    package var tls: RedisTLS?

    package init(
        nodes: [Node], master: String, user: String? = nil, password: String? = nil, tls: RedisTLS? = nil
    ) {
        self.nodes = nodes
        self.master = master
        self.user = user
        self.password = password
        self.tls = tls
    }

    var scheme: String { tls == nil ? "sentinel" : "sentinels" }

    /// For messages.
    package var place: String { "the master '\(master)' of \(nodes.map(\.place).joined(separator: ", "))" }
}

/// What a URL of Sentinels does not say; Celery has it in `broker_transport_options`.
package struct SentinelOptions: Sendable, Equatable {
    package var master: String?
    package var user: String?
    package var password: String?

    package init(master: String? = nil, user: String? = nil, password: String? = nil) {
        self.master = master
        self.user = user
        self.password = password
    }
}
