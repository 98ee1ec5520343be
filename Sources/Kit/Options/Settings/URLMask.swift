/// Hides the password of a URL for logs and pages.
package enum URLMask {
    /// `text` with everything between the first `:` of the user information and the last `@` of the authority as `**`.
    /// A text that is no URL but has an `@` loses all that stands before it.
    package static func mask(_ text: String) -> String {
        guard let mark = text.firstRange(of: "://") else {
            guard let at = text.lastIndex(of: "@") else { return text }
            return "**" + text[at...]
        }
        let rest = text[mark.upperBound...]
        // A password may hold any of `/?#` unescaped by mistake; the last `@` before a query is safe to cut at.
        let end = rest.firstIndex { $0 == "?" } ?? rest.endIndex
        guard let at = rest[..<end].lastIndex(of: "@") else { return text }
        let user = rest[..<at]
        guard let colon = user.firstIndex(of: ":") else { return text }
        return text[..<mark.upperBound] + user[..<colon] + ":**" + rest[at...]
    }

    /// `url` without user and password, as the name of a cluster.
    package static func withoutCredentials(_ url: String) -> String {
        guard let mark = url.firstRange(of: "://") else { return url }
        let rest = url[mark.upperBound...]
        let end = rest.firstIndex { $0 == "?" } ?? rest.endIndex
        guard let at = rest[..<end].lastIndex(of: "@") else { return String(url[..<mark.upperBound] + rest[..<end]) }
        return String(url[..<mark.upperBound] + rest[rest.index(after: at)..<end])
    }
}
