/// An address as access rules compare it: ASCII, folded to lower case, exactly one `@`.
///
/// Much that RFC 5321 allows is refused here on purpose: quoted local parts, comments, other alphabets. Whoever has
/// such an address is not let in by mistake.
package struct EmailAddress: Sendable, Hashable {
    package let localPart: String
    package let domain: String

    package var text: String { "\(localPart)@\(domain)" }

    package init?(_ text: String) {
        let bytes = Array(text.utf8)
        guard bytes.count <= 254, let at = bytes.firstIndex(of: UInt8(ascii: "@")) else { return nil }
        let local = bytes[..<at], domain = bytes[(at + 1)...]
        guard !local.isEmpty, local.count <= 64, local.allSatisfy(Self.isLocalByte),
            local.first != UInt8(ascii: "."), local.last != UInt8(ascii: "."), Self.isDomain(domain)
        else { return nil }
        localPart = Self.folded(local)
        self.domain = Self.folded(domain)
    }

    /// A domain in the form that is compared, nil when it is none.
    package static func domain(_ text: String) -> String? {
        let bytes = Array(text.utf8)
        return isDomain(bytes[...]) ? folded(bytes[...]) : nil
    }

    /// Labels of letters, digits and inner hyphens (RFC 1035, section 2.3.1, and RFC 1123, section 2.1).
    private static func isDomain(_ bytes: ArraySlice<UInt8>) -> Bool {
        guard !bytes.isEmpty, bytes.count <= 253 else { return false }
        return bytes.split(separator: UInt8(ascii: "."), omittingEmptySubsequences: false).allSatisfy { label in
            (1...63).contains(label.count) && label.first != UInt8(ascii: "-") && label.last != UInt8(ascii: "-")
                && label.allSatisfy { isAlphanumeric($0) || $0 == UInt8(ascii: "-") }
        }
    }

    private static func isLocalByte(_ byte: UInt8) -> Bool {
        isAlphanumeric(byte) || "!#$%&'*+/=?^_`{|}~.-".utf8.contains(byte)
    }

    private static func isAlphanumeric(_ byte: UInt8) -> Bool {
        switch byte {
        case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "A")...UInt8(ascii: "Z"),
            UInt8(ascii: "0")...UInt8(ascii: "9"):
            true
        default: false
        }
    }

    private static func folded(_ bytes: ArraySlice<UInt8>) -> String {
        String(
            decoding: bytes.map { (UInt8(ascii: "A")...UInt8(ascii: "Z")).contains($0) ? $0 | 0x20 : $0 }, as: UTF8.self
        )
    }
}
