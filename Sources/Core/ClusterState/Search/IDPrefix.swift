/// The beginning of a task id.
struct IDPrefix: Sendable {
    private let text: SearchNeedle
    /// The bits that a canonical id must have, and which ones these are; nil when none can begin so.
    private let canonical: (bits: TaskID, mask: TaskID)?

    init(_ prefix: String) {
        text = SearchNeedle(prefix)
        canonical = IDPattern.pattern(of: text.bytes, at: 0)
    }

    var folded: String { String(decoding: text.bytes, as: UTF8.self) }

    func matches(canonical id: TaskID) -> Bool {
        guard let canonical else { return false }
        return IDPattern.matches(id, canonical)
    }

    /// Whether an id that is no UUID begins so.
    func matches(_ text: UnsafeRawBufferPointer) -> Bool {
        self.text.place(in: UnsafeRawBufferPointer(rebasing: text.prefix(self.text.bytes.count))) == 0
    }
}

/// A part of a UUID's text as bits of the number that the UUID is.
enum IDPattern {
    typealias Pattern = (bits: TaskID, mask: TaskID)

    /// What the 36 characters of an id must be for `text` to stand at `offset`; nil when that cannot be.
    static func pattern(of text: [UInt8], at offset: Int) -> Pattern? {
        guard offset + text.count <= 36 else { return nil }
        var bits = TaskID.none
        var mask = TaskID.none
        for (index, byte) in text.enumerated() {
            let place = offset + index
            let isDash = place == 8 || place == 13 || place == 18 || place == 23
            guard isDash == (byte == 0x2D) else { return nil }
            if isDash { continue }
            let nibble: UInt64
            switch byte {
            case 0x30...0x39: nibble = UInt64(byte - 0x30)
            case 0x61...0x66: nibble = UInt64(byte - 0x57)
            default: return nil
            }
            let digit = place - (place > 23 ? 4 : place > 18 ? 3 : place > 13 ? 2 : place > 8 ? 1 : 0)
            let shift = UInt64(60 - digit % 16 * 4)
            if digit < 16 {
                bits.high |= nibble << shift
                mask.high |= 0xF << shift
            } else {
                bits.low |= nibble << shift
                mask.low |= 0xF << shift
            }
        }
        return (bits, mask)
    }

    /// Every way in which `text` can be in an id.
    static func patterns(of text: [UInt8]) -> [Pattern] {
        text.count > 36 ? [] : (0...36 - text.count).compactMap { pattern(of: text, at: $0) }
    }

    @inline(__always)
    static func matches(_ id: TaskID, _ pattern: Pattern) -> Bool {
        id.high & pattern.mask.high == pattern.bits.high && id.low & pattern.mask.low == pattern.bits.low
    }
}
