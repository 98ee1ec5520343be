/// What the proxies in front say about the client. Only `X-Forwarded-For`, `-Proto` and `-Host` are read, and only from
/// trusted peers; `Forwarded` and the prefix and address variants are never looked at.
struct ForwardedFields: Sendable {
    let proxies: TrustedProxies

    /// The client's address: the right-most one of `X-Forwarded-For` that is no trusted proxy. What stands left of the
    /// first entry that is not an address was written by somebody nobody knows, so it is not read.
    func client(of peer: Peer, forwardedFor fields: [String]) -> String {
        guard peer.isTrustedProxy, !fields.isEmpty else { return peer.text }
        var client = peer.text
        for field in fields.reversed() {
            for entry in field.split(separator: ",", omittingEmptySubsequences: false).reversed() {
                guard let address = Self.address(entry) else { return client }
                client = address.description
                if !proxies.contains(address) { return client }
            }
        }
        return client
    }

    /// Whether the browser speaks https, as the nearest proxy says; nil when it does not say.
    func isSecure(peer: Peer, forwardedProto: String?) -> Bool? {
        guard peer.isTrustedProxy, let value = forwardedProto.map(Self.last) else { return nil }
        return value.equalsFoldingASCII("https") ? true : value.equalsFoldingASCII("http") ? false : nil
    }

    /// The host that the browser named, as the nearest proxy says.
    func host(peer: Peer, forwardedHost: String?) -> HostField? {
        guard peer.isTrustedProxy, let value = forwardedHost.map(Self.last) else { return nil }
        return HostField(value)
    }

    private static func last(_ list: String) -> String {
        trimmed(list.split(separator: ",", omittingEmptySubsequences: false).last ?? "")
    }

    private static func trimmed(_ text: Substring) -> String {
        var text = text
        while let first = text.utf8.first, first == 0x20 || first == 0x09 { text = text.dropFirst() }
        while let last = text.utf8.last, last == 0x20 || last == 0x09 { text = text.dropLast() }
        return String(text)
    }

    /// `192.0.2.1`, `192.0.2.1:80`, `2001:db8::1`, `[2001:db8::1]`, `[2001:db8::1]:80`.
    private static func address(_ entry: Substring) -> IPAddress? {
        let text = trimmed(entry)
        if text.hasPrefix("[") {
            guard let end = text.firstIndex(of: "]") else { return nil }
            let rest = text[text.index(after: end)...]
            guard rest.isEmpty || isPort(rest) else { return nil }
            return IPAddress(String(text[text.index(after: text.startIndex)..<end]))
        }
        if let address = IPAddress(text) { return address }
        guard let colon = text.firstIndex(of: ":"), isPort(text[colon...]) else { return nil }
        return IPAddress(String(text[..<colon]))
    }

    private static func isPort(_ text: Substring) -> Bool {
        text.first == ":" && (2...6).contains(text.utf8.count) && text.utf8.dropFirst().allSatisfy(\.isDigitASCII)
    }
}
