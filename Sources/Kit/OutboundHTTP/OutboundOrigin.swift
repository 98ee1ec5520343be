import CCurl

/// Scheme, host and port of a URL, taken apart by libcurl's own parser: what is checked here is what is connected to.
package struct OutboundOrigin: Sendable, Hashable, CustomStringConvertible {
    package enum Scheme: String, Sendable { case https, http }

    package let scheme: Scheme
    /// Lower case; IPv6 addresses in brackets.
    package let host: String
    package let port: Int

    /// The origin of an absolute URL. Nil for other schemes, for URLs with a user name or password, and for what is
    /// no URL.
    package init?(_ url: String) {
        guard let parsed = ParsedURL(url) else { return nil }
        self.init(parsed)
    }

    init?(_ url: borrowing ParsedURL) {
        guard let scheme = url.part(CURLUPART_SCHEME).flatMap({ Scheme(rawValue: $0) }),
            let host = url.part(CURLUPART_HOST), !host.isEmpty,
            let port = url.part(CURLUPART_PORT, flags: CURLU_DEFAULT_PORT).flatMap({ Int($0) })
        else { return nil }
        self.scheme = scheme
        self.host = host.lowercased()
        self.port = port
    }

    package var description: String { "\(scheme.rawValue)://\(host):\(port)" }
}
