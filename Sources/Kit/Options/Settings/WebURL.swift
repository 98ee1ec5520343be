/// An absolute http or https URL, taken apart as far as settings need.
package struct WebURL: Sendable, Equatable {
    package var isSecure: Bool
    /// Host and perhaps port, as written.
    package var authority: String
    /// Begins with `/`, or is empty.
    package var path: String

    /// Nil when there is user information, a query, a fragment, a blank, or no host.
    package init?(_ text: String) {
        guard let mark = text.firstRange(of: "://") else { return nil }
        switch text[..<mark.lowerBound].lowercased() {
        case "https": isSecure = true
        case "http": isSecure = false
        default: return nil
        }
        let rest = text[mark.upperBound...]
        guard !rest.contains(where: { "?#@\\".contains($0) || $0.isWhitespace }) else { return nil }
        let slash = rest.firstIndex(of: "/") ?? rest.endIndex
        authority = String(rest[..<slash])
        path = String(rest[slash...])
        guard !authority.isEmpty, SocketEndpoint(authority) != nil || SocketEndpoint(authority + ":443") != nil else {
            return nil
        }
    }

    /// The same without a slash at the end.
    package var trimmed: String {
        var path = path[...]
        while path.last == "/" { path.removeLast() }
        return (isSecure ? "https://" : "http://") + authority + path
    }

    package var isLoopback: Bool {
        (SocketEndpoint(authority) ?? SocketEndpoint(authority + ":80"))?.isLoopback ?? false
    }
}
