/// The scheme and authority by which browsers reach the service, from `--external_url`.
package struct ExternalURL: Sendable, Equatable {
    package let isSecure: Bool
    /// Lower case, without the scheme's default port.
    package let authority: String

    /// `scheme://authority`, as browsers write it in `Origin`.
    package var origin: String { (isSecure ? "https://" : "http://") + authority }

    /// Parses `http://host[:port]` or `https://host[:port]`, with or without a trailing slash or a path (which is not
    /// looked at: the prefix has its own option). Nil for anything else.
    package init?(_ text: String) {
        let lower = text.lowercased()
        let rest: Substring
        if lower.hasPrefix("https://") {
            isSecure = true
            rest = lower.dropFirst(8)
        } else if lower.hasPrefix("http://") {
            isSecure = false
            rest = lower.dropFirst(7)
        } else {
            return nil
        }
        let authority = rest.prefix { $0 != "/" }
        guard !rest.contains(where: { $0 == "?" || $0 == "#" }), let host = HostField(String(authority)) else {
            return nil
        }
        self.authority = host.authority(isSecure: isSecure)
    }
}
