/// The path under which browsers see the service: empty, or like `/flower`.
package struct PathPrefix: Sendable, Equatable {
    package static let none = PathPrefix(unchecked: "")

    /// Empty, or begins with `/` and does not end with it.
    package let value: String

    private init(unchecked value: String) { self.value = value }

    /// Takes `flower`, `/flower` and `/flower/` alike. Nil when the path is not canonical or has other characters than
    /// letters, digits, `-`, `.`, `_`, `~` and `/`.
    package init?(_ text: String) {
        var path = text[...]
        while path.last == "/" { path = path.dropLast() }
        while path.first == "/" { path = path.dropFirst() }
        guard !path.isEmpty else {
            self = .none
            return
        }
        let allowed = ByteSet("abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789-._~/")
        guard path.utf8.allSatisfy(allowed.contains), let canonical = try? CanonicalPath("/" + path) else { return nil }
        value = canonical.value
    }
}

/// Whether the proxy in front passes the prefix on.
package enum PrefixMode: String, Sendable, CaseIterable {
    /// Prefixed paths are served; unprefixed ones only from trusted proxies and loopback peers.
    case auto
    /// Only prefixed paths are served.
    case kept
    /// The proxy removed the prefix: paths are taken as they are.
    case stripped
}

/// Takes the prefix off a canonical path.
struct PrefixRule: Sendable {
    enum Match: Equatable {
        /// The path below the prefix, beginning with `/`.
        case inside(String)
        /// Exactly the prefix: browsers go to the same with a slash.
        case prefixItself
        case outside
    }

    let prefix: PathPrefix
    let mode: PrefixMode

    /// `isLocalOrTrusted`: the peer is a trusted proxy, a loopback address or a unix socket.
    func match(_ path: CanonicalPath, isLocalOrTrusted: Bool) -> Match {
        let value = path.value
        guard !prefix.value.isEmpty, mode != .stripped else { return .inside(value) }
        if value.utf8.starts(with: prefix.value.utf8) {
            let rest = value.utf8.dropFirst(prefix.value.utf8.count)
            if rest.isEmpty { return .prefixItself }
            if rest.first == UInt8(ascii: "/") { return .inside(String(Substring(rest))) }
        }
        return mode == .auto && isLocalOrTrusted ? .inside(value) : .outside
    }
}
