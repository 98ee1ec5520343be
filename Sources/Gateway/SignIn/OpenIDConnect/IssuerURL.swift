import OutboundHTTP

/// The identifier of an issuer: an https URL without query, or plain http on this machine.
package struct IssuerURL: Sendable, Hashable {
    /// As configured: the `iss` of tokens equals it byte for byte.
    package let text: String
    package let origin: OutboundOrigin

    package init?(_ text: String) {
        guard let origin = OutboundOrigin(text), origin.scheme == .https || origin.isLoopback,
            !text.utf8.contains(where: { $0 == UInt8(ascii: "?") || $0 == UInt8(ascii: "#") })
        else { return nil }
        self.text = text
        self.origin = origin
    }

    /// Discovery, section 4.1: one slash at the end is not part of the path.
    var discovery: String {
        "\(text.hasSuffix("/") ? String(text.dropLast()) : text)/.well-known/openid-configuration"
    }
}

extension OutboundOrigin {
    /// Plain http is taken nowhere else.
    package var isLoopback: Bool { host == "localhost" || host == "[::1]" || host.hasPrefix("127.") }
}
