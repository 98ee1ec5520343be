/// Escapes within JSON strings.
enum JSONEscape {
    /// Whether a byte may stand as it is.
    static func isPlain(_ byte: UInt8) -> Bool {
        byte >= 0x20 && byte < 0x80 && byte != UInt8(ascii: "\"") && byte != UInt8(ascii: "\\")
    }

    /// Appends the escape of the character that starts at `index` and returns how many bytes of `text` it took.
    /// `text` is valid UTF-8.
    static func append(_ text: UnsafeBufferPointer<UInt8>, at index: Int, to bytes: inout [UInt8]) -> Int {
        let byte = text[index]
        if byte < 0x80 {
            let short: UInt8? =
                switch byte {
                case UInt8(ascii: "\""), UInt8(ascii: "\\"), UInt8(ascii: "/"): byte
                case 0x08: UInt8(ascii: "b")
                case 0x09: UInt8(ascii: "t")
                case 0x0a: UInt8(ascii: "n")
                case 0x0c: UInt8(ascii: "f")
                case 0x0d: UInt8(ascii: "r")
                default: nil
                }
            if let short {
                bytes.append(UInt8(ascii: "\\"))
                bytes.append(short)
            } else {
                appendUnit(UInt32(byte), to: &bytes)
            }
            return 1
        }
        let length = byte < 0xe0 ? 2 : byte < 0xf0 ? 3 : 4
        var scalar = UInt32(byte) & (length == 2 ? 0x1f : length == 3 ? 0x0f : 0x07)
        for offset in 1..<length where index + offset < text.count {
            scalar = scalar << 6 | UInt32(text[index + offset] & 0x3f)
        }
        if scalar < 0x10000 {
            appendUnit(scalar, to: &bytes)
        } else {
            appendUnit(0xd800 + (scalar - 0x10000) >> 10, to: &bytes)
            appendUnit(0xdc00 + (scalar - 0x10000) & 0x3ff, to: &bytes)
        }
        return length
    }

    private static func appendUnit(_ unit: UInt32, to bytes: inout [UInt8]) {
        bytes.append(UInt8(ascii: "\\"))
        bytes.append(UInt8(ascii: "u"))
        for shift in [UInt32(12), 8, 4, 0] {
            let digit = UInt8(truncatingIfNeeded: unit >> shift & 15)
            bytes.append(digit < 10 ? UInt8(ascii: "0") + digit : UInt8(ascii: "a") + digit - 10)
        }
    }
}
