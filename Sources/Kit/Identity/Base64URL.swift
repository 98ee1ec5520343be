/// Base64 with the URL alphabet and no padding (RFC 4648, section 5). Decoding is strict.
package enum Base64URL {
    private static let alphabet = Array("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_".utf8)
    private static let values: [UInt8] = {
        var table = [UInt8](repeating: 255, count: 256)
        for (value, character) in alphabet.enumerated() { table[Int(character)] = UInt8(value) }
        return table
    }()

    package static func encode(_ bytes: some Collection<UInt8>) -> String {
        let length = (bytes.count * 4 + 2) / 3
        return String(unsafeUninitializedCapacity: length) { buffer in
            var written = 0
            var pending: UInt32 = 0
            var pendingBits = 0
            for byte in bytes {
                pending = pending << 8 | UInt32(byte)
                pendingBits += 8
                while pendingBits >= 6 {
                    pendingBits -= 6
                    buffer[written] = alphabet[Int(pending >> UInt32(pendingBits) & 63)]
                    written += 1
                }
            }
            if pendingBits > 0 {
                buffer[written] = alphabet[Int(pending << UInt32(6 - pendingBits) & 63)]
                written += 1
            }
            return written
        }
    }

    /// The decoded bytes, or nil for a foreign character, an impossible length or non-zero trailing bits.
    package static func decode(_ text: some Collection<UInt8>) -> [UInt8]? {
        guard text.count % 4 != 1 else { return nil }
        var bytes: [UInt8] = []
        bytes.reserveCapacity(text.count * 3 / 4)
        var pending: UInt32 = 0
        var pendingBits = 0
        for character in text {
            let value = values[Int(character)]
            guard value != 255 else { return nil }
            pending = pending << 6 | UInt32(value)
            pendingBits += 6
            if pendingBits >= 8 {
                pendingBits -= 8
                bytes.append(UInt8(truncatingIfNeeded: pending >> UInt32(pendingBits)))
            }
        }
        guard pending & (1 << UInt32(pendingBits) - 1) == 0 else { return nil }
        return bytes
    }

    /// Two lower-case hex digits.
    package static func hex(_ byte: UInt8) -> String {
        let digits = Array("0123456789abcdef".utf8)
        return String(decoding: [digits[Int(byte >> 4)], digits[Int(byte & 15)]], as: UTF8.self)
    }
}
