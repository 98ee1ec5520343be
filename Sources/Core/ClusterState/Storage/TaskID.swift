/// A task id: the 128 bits of a canonical UUID text, or the handle of any other text in the interner of odd ids.
struct TaskID: Equatable {
    var high: UInt64
    var low: UInt64

    static let none = TaskID(high: 0, low: 0)

    /// Longer ids are refused; Celery's own have 36 bytes.
    static let longestText = 512

    @inline(__always)
    var isNone: Bool { high == 0 && low == 0 }

    /// The text is in the interner of odd ids.
    @inline(__always)
    var oddHandle: UInt32? { high == .max ? UInt32(truncatingIfNeeded: low) : nil }

    init(high: UInt64, low: UInt64) {
        self.high = high
        self.low = low
    }

    init(oddHandle: UInt32) {
        high = .max
        low = UInt64(oddHandle)
    }

    /// nil unless `text` is a UUID exactly as Python writes it: lower case, with dashes, and not one of the two values
    /// that stand for "none" and "odd" here.
    @inline(__always)
    init?(canonical text: UnsafeRawBufferPointer) {
        guard text.count == 36, let start = text.baseAddress,
            text[8] == 0x2D, text[13] == 0x2D, text[18] == 0x2D, text[23] == 0x2D
        else { return nil }
        @inline(__always)
        func half(_ offset: Int) -> UInt64 { UInt64(start.loadUnaligned(fromByteOffset: offset, as: UInt32.self)) }
        let words = (
            half(0) | half(4) << 32, half(9) | half(14) << 32, half(19) | half(24) << 32, half(28) | half(32) << 32
        )
        guard let first = TaskID.hexadecimal(words.0), let second = TaskID.hexadecimal(words.1),
            let third = TaskID.hexadecimal(words.2), let fourth = TaskID.hexadecimal(words.3)
        else { return nil }
        high = UInt64(first) << 32 | UInt64(second)
        low = UInt64(third) << 32 | UInt64(fourth)
        if high == .max || isNone { return nil }
    }

    /// The value of eight lower-case hexadecimal digits, the first one in the lowest byte, all eight at once.
    @inline(__always)
    private static func hexadecimal(_ digits: UInt64) -> UInt32? {
        let ones: UInt64 = 0x0101_0101_0101_0101
        let letters = digits >> 6 & ones
        let nibbles = (digits & (ones &* 0x0F)) &+ letters &* 9
        let isLetter = (nibbles &+ ones &* 6) >> 4 & ones
        guard nibbles & (ones &* 0xF0) == 0, nibbles &+ ones &* 0x30 &+ isLetter &* 39 == digits else { return nil }
        let bytes = (nibbles & 0x000F_000F_000F_000F) << 4 | (nibbles >> 8 & 0x000F_000F_000F_000F)
        return UInt32(truncatingIfNeeded: bytes & 0xFF) << 24 | UInt32(truncatingIfNeeded: bytes >> 16 & 0xFF) << 16
            | UInt32(truncatingIfNeeded: bytes >> 32 & 0xFF) << 8 | UInt32(truncatingIfNeeded: bytes >> 48 & 0xFF)
    }

    /// Writes the 36 bytes of a canonical id.
    func write(to output: UnsafeMutablePointer<UInt8>) {
        var position = 0
        for index in 0..<32 {
            if index == 8 || index == 12 || index == 16 || index == 20 {
                output[position] = 0x2D
                position += 1
            }
            let word = index < 16 ? high : low
            let nibble = UInt8(truncatingIfNeeded: word >> UInt64(60 - index % 16 * 4) & 0xF)
            output[position] = nibble < 10 ? 0x30 + nibble : 0x57 + nibble
            position += 1
        }
    }

    /// The text of a canonical id.
    var canonicalText: String {
        String(unsafeUninitializedCapacity: 36) { buffer in
            guard let start = buffer.baseAddress else { return 0 }
            write(to: start)
            return 36
        }
    }
}
