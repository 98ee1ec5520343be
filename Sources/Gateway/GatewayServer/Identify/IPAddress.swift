import Glibc
import NIOCore

/// An IP address. IPv4 is held in its v4-mapped form, so that a v4 peer of a v6 socket equals itself.
package struct IPAddress: Sendable, Hashable {
    let high: UInt64
    let low: UInt64

    init(high: UInt64, low: UInt64) {
        self.high = high
        self.low = low
    }

    /// Parses dotted IPv4, or IPv6 without brackets and without zone.
    package init?(_ text: String) {
        guard text.utf8.count <= 45 else { return nil }
        // Plain bytes instead of in_addr: which C module owns that type differs with the order of the build.
        let parsed = withUnsafeTemporaryAllocation(byteCount: 16, alignment: 8) { bytes -> IPAddress? in
            guard let base = bytes.baseAddress else { return nil }
            if inet_pton(AF_INET, text, base) == 1 {
                return IPAddress(v4: UInt32(bigEndian: base.loadUnaligned(as: UInt32.self)))
            }
            guard inet_pton(AF_INET6, text, base) == 1 else { return nil }
            return IPAddress(
                high: UInt64(bigEndian: base.loadUnaligned(as: UInt64.self)),
                low: UInt64(bigEndian: base.loadUnaligned(fromByteOffset: 8, as: UInt64.self)))
        }
        guard let parsed else { return nil }
        self = parsed
    }

    /// Nil for a unix socket.
    init?(_ address: SocketAddress) {
        switch address {
        case .v4(let v4):
            // sockaddr_in: family, port, address.
            let word = withUnsafeBytes(of: v4.address) { $0.loadUnaligned(fromByteOffset: 4, as: UInt32.self) }
            self.init(v4: UInt32(bigEndian: word))
        case .v6(let v6):
            // sockaddr_in6: family, port, flow information, address.
            let words = withUnsafeBytes(of: v6.address) { bytes in
                (
                    bytes.loadUnaligned(fromByteOffset: 8, as: UInt64.self),
                    bytes.loadUnaligned(fromByteOffset: 16, as: UInt64.self)
                )
            }
            self.init(high: UInt64(bigEndian: words.0), low: UInt64(bigEndian: words.1))
        case .unixDomainSocket: return nil
        }
    }

    private init(v4: UInt32) {
        high = 0
        low = 0xffff_0000_0000 | UInt64(v4)
    }

    var isIPv4: Bool { high == 0 && low >> 32 == 0xffff }

    var isLoopback: Bool { isIPv4 ? low >> 24 & 0xff == 127 : high == 0 && low == 1 }

    /// What limits per address count by: an IPv6 customer has a /64, so that is one address.
    var limitKey: IPAddress { isIPv4 ? self : IPAddress(high: high, low: 0) }

    /// Canonical text; IPv4 in dotted form.
    package var description: String {
        if isIPv4 {
            return "\(low >> 24 & 255).\(low >> 16 & 255).\(low >> 8 & 255).\(low & 255)"
        }
        let words = [high.bigEndian, low.bigEndian]
        return withUnsafeTemporaryAllocation(of: CChar.self, capacity: 64) { buffer in
            guard let text = inet_ntop(AF_INET6, words, buffer.baseAddress, 64) else { return "?" }
            return String(cString: text)
        }
    }
}

/// A CIDR range, or a single address.
package struct AddressRange: Sendable, Equatable {
    private let base: IPAddress
    /// Counted in 128 bits; a v4 range of /24 has 120.
    private let length: Int

    /// Parses `10.0.0.0/8`, `fd00::/8`, `192.0.2.7`, `::1`. Nil for anything else, bits beyond the prefix length included.
    package init?(_ text: String) {
        let parts = text.split(separator: "/", maxSplits: 1, omittingEmptySubsequences: false)
        guard let first = parts.first, let address = IPAddress(String(first)) else { return nil }
        let width = address.isIPv4 && !first.contains(":") ? 32 : 128
        var length = width
        if parts.count == 2 {
            let digits = parts[1]
            guard (1...3).contains(digits.utf8.count), digits.utf8.allSatisfy(\.isDigitASCII),
                let number = Int(digits), number <= width
            else { return nil }
            length = number
        }
        base = address
        self.length = length + 128 - width
        guard Self.masked(address, self.length) == address else { return nil }
    }

    func contains(_ address: IPAddress) -> Bool { Self.masked(address, length) == base }

    /// As in the option: `10.0.0.0/8`, `::1`.
    var description: String {
        let bits = base.isIPv4 && length >= 96 ? length - 96 : length
        return bits == (base.isIPv4 ? 32 : 128) ? base.description : "\(base.description)/\(bits)"
    }

    /// So much of the address space that it names no proxy: larger than IPv4's /8 or IPv6's /7.
    var isNearlyEverything: Bool { length < (base.isIPv4 ? 96 + 8 : 7) }

    private static func masked(_ address: IPAddress, _ length: Int) -> IPAddress {
        func mask(_ bits: Int) -> UInt64 { bits <= 0 ? 0 : bits >= 64 ? .max : ~(UInt64.max >> UInt64(bits)) }
        return IPAddress(high: address.high & mask(length), low: address.low & mask(length - 64))
    }
}
