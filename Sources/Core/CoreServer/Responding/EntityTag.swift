/// Entity tags of bodies (RFC 9110, section 8.8.3).
enum EntityTag {
    /// A tag for `bytes`: their length and a 64-bit hash, quick rather than cryptographic.
    static func weak(_ bytes: [UInt8]) -> String {
        var hash: UInt64 = 0x9e37_79b9_7f4a_7c15 ^ UInt64(bytes.count)
        bytes.withUnsafeBytes { buffer in
            var offset = 0
            while offset + 8 <= buffer.count {
                hash = mix(hash ^ buffer.loadUnaligned(fromByteOffset: offset, as: UInt64.self))
                offset += 8
            }
            var tail: UInt64 = 0
            while offset < buffer.count {
                tail = tail << 8 | UInt64(buffer[offset])
                offset += 1
            }
            hash = mix(hash ^ tail)
        }
        return "W/\"\(String(bytes.count, radix: 36))-\(String(hash, radix: 36))\""
    }

    /// Whether an `If-None-Match` field names `tag`; compared weakly, as the field demands.
    static func matches(_ field: String, _ tag: String) -> Bool {
        let wanted = opaque(tag[...])
        return field.split(separator: ",").contains { candidate in
            let trimmed = candidate.drop { $0 == " " }.prefix { $0 != " " }
            return trimmed == "*" || opaque(trimmed) == wanted
        }
    }

    private static func opaque(_ tag: Substring) -> Substring { tag.hasPrefix("W/") ? tag.dropFirst(2) : tag }

    /// The 128-bit product folded: every bit of the input reaches every bit of the outcome.
    private static func mix(_ value: UInt64) -> UInt64 {
        let product = (value ^ 0xa076_1d64_78bd_642f).multipliedFullWidth(by: 0xe703_7ed1_a0b4_28db)
        return product.high ^ product.low
    }
}
