import Glibc

/// What counts as one address when failures are counted: an IPv4 address, or the /64 that an IPv6 network hands to
/// one subscriber. IPv4 written as IPv6 (`::ffff:192.0.2.1`) is IPv4; everything else, as a unix socket, is one block.
struct AddressBlock: Sendable, Hashable {
    private let family: UInt8
    private let prefix: UInt64

    init(_ address: String) {
        let text = String(address.prefix { $0 != "%" })
        var v4 = in_addr()
        var v6 = in6_addr()
        if inet_pton(AF_INET, text, &v4) == 1 {
            (family, prefix) = (4, UInt64(UInt32(bigEndian: v4.s_addr)))
        } else if inet_pton(AF_INET6, text, &v6) == 1 {
            let bytes = withUnsafeBytes(of: v6) { Array($0) }
            let isMapped = bytes.prefix(10).allSatisfy { $0 == 0 } && bytes[10] == 0xFF && bytes[11] == 0xFF
            let counted = isMapped ? bytes[12...] : bytes[..<8]
            (family, prefix) = (isMapped ? 4 : 6, counted.reduce(UInt64(0)) { $0 << 8 | UInt64($1) })
        } else {
            (family, prefix) = (0, 0)
        }
    }
}
