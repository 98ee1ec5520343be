/// A URL in the forms that kombu and redis-py read.
///
/// `redis://[user][:password]@host[:port]/db`, `rediss://…?ssl_cert_reqs=…` and
/// `redis+socket://[user][:password]@/path?virtual_host=db`. User, password and path are percent-decoded.
/// `sentinel://[:password]@host[:port]/db;sentinel://host[:port];…` names Sentinels; the first one's database and
/// password count, as in kombu. `sentinels://…?ssl_cert_reqs=…` is the same over TLS.
package struct RedisURL: Sendable, Equatable {
    package var endpoint: RedisEndpoint
    /// Query arguments that mean nothing here (connection tuning of redis-py), for a log line.
    package var ignoredArguments: [String]

    package init(_ text: String, sentinel: SentinelOptions = SentinelOptions()) throws(RedisURLError) {
        if ["sentinel", "sentinels"].contains(text.prefix { $0 != ":" }.lowercased()) {
            self = try Self.sentinels(text, sentinel)
        } else {
            try self.init(single: text, port: 6379)
        }
    }

    /// One server; `port` counts when the URL has none.
    init(single text: String, port: Int) throws(RedisURLError) {
        guard let mark = text.firstRange(of: "://") else {
            throw RedisURLError("the URL has no scheme; it looks like redis://host:6379/0")
        }
        let scheme = text[..<mark.lowerBound].lowercased()
        guard ["redis", "rediss", "redis+socket", "unix"].contains(scheme) else {
            throw RedisURLError(Self.refusal(of: scheme))
        }
        guard !text.contains(";") else {
            throw RedisURLError("a list of URLs (separated by ';') is not supported; name one Redis server")
        }

        let rest = text[mark.upperBound...]
        let authorityEnd = rest.firstIndex { "/?#".contains($0) } ?? rest.endIndex
        let tail = rest[authorityEnd...].prefix { $0 != "#" }
        let queryMark = tail.firstIndex(of: "?") ?? tail.endIndex
        let path = try Self.decoded(tail[..<queryMark], "path")
        let query = try Self.arguments(tail[queryMark...].dropFirst())

        let authority = rest[..<authorityEnd]
        let at = authority.lastIndex(of: "@")
        let credentials = try Self.credentials(at.map { authority[..<$0] })
        let hostAndPort = at.map { authority[authority.index(after: $0)...] } ?? authority

        var endpoint: RedisEndpoint
        if scheme == "redis+socket" || scheme == "unix" {
            guard hostAndPort.isEmpty, path.count > 1 else {
                throw RedisURLError("a socket URL looks like redis+socket:///path/to/redis.sock?virtual_host=0")
            }
            endpoint = RedisEndpoint(address: .unix(path: path))
            endpoint.database = try Self.database(query["virtual_host"] ?? query["db"] ?? "")
        } else {
            let node = try Self.node(hostAndPort, port: port)
            endpoint = RedisEndpoint(address: .tcp(host: node.host, port: node.port))
            endpoint.database = try Self.database(query["virtual_host"] ?? path)
        }
        endpoint.user = credentials.user
        endpoint.password = credentials.password
        if scheme == "rediss" { endpoint.tls = try Self.tls(query) }
        self.endpoint = endpoint
        ignoredArguments = query.keys.filter { !Self.knownArguments.contains($0) }.sorted()
    }

    private static let knownArguments: Set<String> = [
        "virtual_host", "db", "ssl_cert_reqs", "ssl_ca_certs", "ssl_certfile", "ssl_keyfile", "ssl_check_hostname",
    ]

    private static func refusal(of scheme: String) -> String {
        switch scheme {
        case "amqp", "amqps", "pyamqp", "librabbitmq":
            "RabbitMQ brokers (\(scheme)://) are not supported yet; only Redis (redis://, rediss://, redis+socket://, sentinel://, sentinels://) is"
        default:
            "URLs of the kind '\(scheme.prefix(32))' are not supported; "
                + "only Redis (redis://, rediss://, redis+socket://, sentinel://, sentinels://) is"
        }
    }

    private static func credentials(
        _ text: Substring?
    ) throws(RedisURLError) -> (user: String?, password: String?) {
        guard let text else { return (nil, nil) }
        guard let colon = text.firstIndex(of: ":") else {
            let user = try decoded(text, "user")
            return (user.isEmpty ? nil : user, nil)
        }
        let user = try decoded(text[..<colon], "user")
        let password = try decoded(text[text.index(after: colon)...], "password")
        return (user.isEmpty ? nil : user, password.isEmpty && user.isEmpty ? nil : password)
    }

    private static func node(_ text: Substring, port defaultPort: Int) throws(RedisURLError) -> RedisSentinel.Node {
        var host = text
        var portText: Substring = ""
        if text.first == "[" {
            guard let close = text.firstIndex(of: "]") else {
                throw RedisURLError("the IPv6 address in the URL has no closing bracket")
            }
            host = text[text.index(after: text.startIndex)..<close]
            portText = text[text.index(after: close)...]
            guard portText.isEmpty || portText.first == ":" else {
                throw RedisURLError("the URL has something other than a port after the IPv6 address")
            }
            portText = portText.dropFirst()
        } else if let colon = text.firstIndex(of: ":") {
            host = text[..<colon]
            portText = text[text.index(after: colon)...]
        }
        var port = defaultPort
        if !portText.isEmpty {
            guard let number = Int(portText), (1...65_535).contains(number) else {
                throw RedisURLError(
                    "the port '\(portText.prefix(32))' in the URL is not a number from 1 to 65535")
            }
            port = number
        }
        let name = try decoded(host, "host")
        return RedisSentinel.Node(host: name.isEmpty ? "localhost" : name, port: port)
    }

    private static func database(_ text: String) throws(RedisURLError) -> Int {
        let digits = text.drop { $0 == "/" }
        if digits.isEmpty { return 0 }
        guard let number = Int(digits), (0...1_000_000).contains(number) else {
            throw RedisURLError("the database '\(digits.prefix(32))' in the URL is not a number")
        }
        return number
    }

    private static func tls(_ query: [String: String]) throws(RedisURLError) -> RedisTLS {
        var tls = RedisTLS()
        switch query["ssl_cert_reqs"]?.lowercased() {
        // For a client Python's CERT_OPTIONAL is the same as CERT_REQUIRED.
        case nil, "", "required", "cert_required", "optional", "cert_optional": break
        case "none", "cert_none": tls.verification = .none
        case let other?:
            throw RedisURLError("ssl_cert_reqs is '\(other.prefix(32))'; it can be required, optional or none")
        }
        switch query["ssl_check_hostname"]?.lowercased() {
        case nil, "", "true", "1", "yes": break
        case "false", "0", "no": if tls.verification == .full { tls.verification = .withoutHostname }
        case let other?:
            throw RedisURLError("ssl_check_hostname is '\(other.prefix(32))'; it can be true or false")
        }
        tls.authorityFile = query["ssl_ca_certs"]
        tls.certificateFile = query["ssl_certfile"]
        tls.keyFile = query["ssl_keyfile"] ?? query["ssl_certfile"]
        if tls.keyFile != nil, tls.certificateFile == nil {
            throw RedisURLError("ssl_keyfile is given without ssl_certfile")
        }
        return tls
    }

    private static func arguments(_ text: Substring) throws(RedisURLError) -> [String: String] {
        var result: [String: String] = [:]
        for pair in text.split(separator: "&") {
            let parts = pair.split(separator: "=", maxSplits: 1, omittingEmptySubsequences: false)
            let name = try decoded(parts[0], "query")
            result[name] = parts.count > 1 ? try decoded(parts[1], "query") : ""
        }
        return result
    }

    private static func decoded(_ text: Substring, _ part: String) throws(RedisURLError) -> String {
        var bytes: [UInt8] = []
        var rest = text.utf8[...]
        while let byte = rest.popFirst() {
            guard byte == UInt8(ascii: "%") else {
                bytes.append(byte)
                continue
            }
            guard let high = rest.popFirst()?.hexDigit, let low = rest.popFirst()?.hexDigit else {
                throw RedisURLError("the \(part) in the URL has a '%' that two hex digits do not follow")
            }
            bytes.append(high << 4 | low)
        }
        guard let decoded = String(validating: bytes, as: UTF8.self) else {
            throw RedisURLError("the \(part) in the URL is not UTF-8")
        }
        return decoded
    }
}

/// Why a URL is refused: one sentence without the URL's password.
package struct RedisURLError: Error, Sendable, Equatable, CustomStringConvertible {
    package let message: String
    package var description: String { message }

    init(_ message: String) { self.message = message }
}

extension UInt8 {
    fileprivate var hexDigit: UInt8? {
        switch self {
        case UInt8(ascii: "0")...UInt8(ascii: "9"): self - UInt8(ascii: "0")
        case UInt8(ascii: "a")...UInt8(ascii: "f"): self - UInt8(ascii: "a") + 10
        case UInt8(ascii: "A")...UInt8(ascii: "F"): self - UInt8(ascii: "A") + 10
        default: nil
        }
    }
}
