/// A set of ASCII bytes that is tested without memory access.
struct ByteSet: Sendable {
    private var low: UInt64 = 0
    private var high: UInt64 = 0

    init(_ characters: StaticString) {
        characters.withUTF8Buffer { bytes in
            for byte in bytes {
                if byte < 64 { low |= 1 << UInt64(byte) } else if byte < 128 { high |= 1 << UInt64(byte - 64) }
            }
        }
    }

    @inline(__always)
    func contains(_ byte: UInt8) -> Bool {
        if byte < 64 { return low >> UInt64(byte) & 1 == 1 }
        return byte < 128 && high >> UInt64(byte & 63) & 1 == 1
    }
}

extension UInt8 {
    @inline(__always) var isDigitASCII: Bool { self &- 0x30 < 10 }
    @inline(__always) var isUpperASCII: Bool { self &- 0x41 < 26 }
    /// HTTP's control bytes: everything below the blank, and DEL.
    @inline(__always) var isControl: Bool { self < 0x20 || self == 0x7f }

    /// The value of a hexadecimal digit.
    @inline(__always) var hexadecimalValue: UInt8? {
        switch self {
        case 0x30...0x39: self &- 0x30
        case 0x41...0x46: self &- 0x37
        case 0x61...0x66: self &- 0x57
        default: nil
        }
    }
}

extension String {
    /// Whether the two are equal when ASCII letters are folded.
    func equalsFoldingASCII(_ other: StaticString) -> Bool {
        guard utf8.count == other.utf8CodeUnitCount else { return false }
        return other.withUTF8Buffer { expected in
            var index = 0
            for byte in utf8 {
                let folded = byte.isUpperASCII ? byte | 0x20 : byte
                guard folded == expected[index] else { return false }
                index += 1
            }
            return true
        }
    }
}
