/// Base64 with the URL alphabet and no padding (RFC 4648, section 5). Decoding is strict.
package enum Base64URL {
    private static let alphabet = Array("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_".utf8)
    private static let values: [UInt8] = {
        var table = [UInt8](repeating: 255, count: 256)
        for (value, character) in alphabet.enumerated() { table[Int(character)] = UInt8(value) }
        return table
    }()

    package static func encode(_ bytes: some Collection<UInt8>) -> String {
        var text: [UInt8] = []
        text.reserveCapacity((bytes.count * 4 + 2) / 3)
        let taken: Void? = bytes.withContiguousStorageIfAvailable { append(UnsafeRawBufferPointer($0), to: &text) }
        if taken == nil { Array(bytes).withUnsafeBytes { append($0, to: &text) } }
        return String(decoding: text, as: UTF8.self)
    }

    /// Appends the text of `bytes`.
    package static func append(_ bytes: UnsafeRawBufferPointer, to text: inout [UInt8]) {
        alphabet.withUnsafeBufferPointer { alphabet in
            var index = 0
            text.append(addingCapacity: bytes.count / 3 * 4) { text in
                while index + 2 < bytes.count {
                    let group = Int(bytes[index]) << 16 | Int(bytes[index + 1]) << 8 | Int(bytes[index + 2])
                    text.append(alphabet[group >> 18])
                    text.append(alphabet[group >> 12 & 63])
                    text.append(alphabet[group >> 6 & 63])
                    text.append(alphabet[group & 63])
                    index += 3
                }
            }
            switch bytes.count - index {
            case 1:
                text.append(alphabet[Int(bytes[index]) >> 2])
                text.append(alphabet[Int(bytes[index]) << 4 & 63])
            case 2:
                let group = Int(bytes[index]) << 8 | Int(bytes[index + 1])
                text.append(alphabet[group >> 10])
                text.append(alphabet[group >> 4 & 63])
                text.append(alphabet[group << 2 & 63])
            default: break
            }
        }
    }

    /// The decoded bytes, or nil for a foreign character, an impossible length or non-zero trailing bits.
    package static func decode(_ text: some Collection<UInt8>) -> [UInt8]? {
        if let decoded = text.withContiguousStorageIfAvailable({ decode($0) }) { return decoded }
        return Array(text).withUnsafeBufferPointer { decode($0) }
    }

    private static func decode(_ text: UnsafeBufferPointer<UInt8>) -> [UInt8]? {
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
