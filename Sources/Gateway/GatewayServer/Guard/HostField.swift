/// A valid value of the `Host` field (RFC 9112, section 3.2): a registered name or address, and perhaps a port.
struct HostField: Sendable, Equatable {
    /// Lower case; an IPv6 address stands in brackets.
    let host: String
    let port: UInt16?

    /// Nil for an empty value, user information, a path, blanks, or a port that is none.
    init?(_ value: String) {
        var bytes = Array(value.utf8)[...]
        guard !bytes.isEmpty, bytes.count <= 255 + 6 else { return nil }
        var host: [UInt8] = []
        if bytes.first == UInt8(ascii: "[") {
            guard let end = bytes.firstIndex(of: UInt8(ascii: "]")) else { return nil }
            let inner = String(decoding: bytes[(bytes.startIndex + 1)..<end], as: UTF8.self)
            guard let address = IPAddress(inner), inner.utf8.contains(UInt8(ascii: ":")) else { return nil }
            _ = address
            host = Array("[\(inner.lowercased())]".utf8)
            bytes = bytes[(end + 1)...]
        } else {
            let end = bytes.firstIndex(of: UInt8(ascii: ":")) ?? bytes.endIndex
            guard end > bytes.startIndex else { return nil }
            for byte in bytes[..<end] {
                guard Self.nameBytes.contains(byte) else { return nil }
                host.append(byte.isUpperASCII ? byte | 0x20 : byte)
            }
            bytes = bytes[end...]
        }
        self.host = String(decoding: host, as: UTF8.self)
        guard let colon = bytes.first else {
            port = nil
            return
        }
        let digits = bytes.dropFirst()
        guard colon == UInt8(ascii: ":"), (1...5).contains(digits.count), digits.allSatisfy(\.isDigitASCII) else {
            return nil
        }
        guard let number = UInt16(String(decoding: digits, as: UTF8.self)), number > 0 else { return nil }
        port = number
    }

    /// `host[:port]` as in an origin: without the scheme's default port.
    func authority(isSecure: Bool) -> String {
        guard let port, port != (isSecure ? 443 : 80) else { return host }
        return "\(host):\(port)"
    }

    private static let nameBytes = ByteSet("abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789.-_")
}

/// Which hosts are served.
struct HostRule: Sendable {
    private let allowed: Set<String>

    /// `hosts` as in `--allowed_hosts`; malformed entries match nothing.
    init(hosts: [String], external: ExternalURL?) {
        var allowed = Set(hosts.map { $0.lowercased() })
        if let external {
            allowed.insert(external.authority)
            if let host = HostField(external.authority), host.port == nil {
                allowed.insert("\(host.host):\(external.isSecure ? 443 : 80)")
            }
        }
        self.allowed = allowed
    }

    /// Any well-formed host when nothing is configured, else the configured ones. An entry without a port stands for
    /// every port.
    func serves(_ host: HostField) -> Bool {
        if allowed.isEmpty || allowed.contains(host.host) { return true }
        guard let port = host.port else { return false }
        return allowed.contains("\(host.host):\(port)")
    }
}
