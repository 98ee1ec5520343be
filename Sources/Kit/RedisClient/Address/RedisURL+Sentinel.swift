extension RedisURL {
    /// `sentinel://` URLs separated by `;`. The first one's database, user, password and TLS arguments are the master's, as
    /// in kombu. With `sentinels://` the Sentinels and the master both speak TLS, with the same settings.
    static func sentinels(_ text: String, _ options: SentinelOptions) throws(RedisURLError) -> RedisURL {
        let scheme = text.prefix { $0 != ":" }.lowercased()
        guard let master = options.master, !master.isEmpty else {
            throw RedisURLError("a \(scheme):// URL needs the master's name; set master_name")
        }
        var nodes: [RedisSentinel.Node] = []
        var first: RedisURL?
        for part in text.split(separator: ";") {
            var rest = part
            if let mark = part.firstRange(of: "://") {
                guard part[..<mark.lowerBound].lowercased() == scheme else {
                    throw RedisURLError("a list that begins with \(scheme):// has a URL of another scheme in it")
                }
                rest = part[mark.upperBound...]
            }
            let single = try RedisURL(single: (scheme == "sentinels" ? "rediss://" : "redis://") + rest, port: 26_379)
            guard case .tcp(let host, let port) = single.endpoint.address else { continue }
            nodes.append(RedisSentinel.Node(host: host, port: port))
            let database = single.endpoint.database
            guard database == 0 || database == first?.endpoint.database ?? database else {
                throw RedisURLError(
                    "the database stands in the first URL of a list of \(scheme):// URLs, as Celery reads it")
            }
            first = first ?? single
        }
        guard var result = first else { throw RedisURLError("the \(scheme):// URL names no host") }
        result.endpoint.address = .sentinel(
            RedisSentinel(
                nodes: nodes, master: master, user: options.user, password: options.password, tls: result.endpoint.tls))
        return result
    }
}
