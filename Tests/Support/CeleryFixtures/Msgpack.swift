/// Writes msgpack as Python's `msgpack.packb` does: the shortest form of every number, length and text.
package struct Msgpack {
    package private(set) var bytes: [UInt8] = []

    package init() {}

    package mutating func null() { bytes.append(0xC0) }
    package mutating func bool(_ value: Bool) { bytes.append(value ? 0xC3 : 0xC2) }

    package mutating func int(_ value: Int64) {
        switch value {
        case 0..<0x80: bytes.append(UInt8(value))
        case -0x20..<0: bytes.append(UInt8(bitPattern: Int8(value)))
        case 0x80...0xFF: append(0xCC, UInt8(value))
        case 0x100...0xFFFF: append(0xCD, UInt16(value))
        case 0x1_0000...0xFFFF_FFFF: append(0xCE, UInt32(value))
        case 0x1_0000_0000...: append(0xCF, UInt64(value))
        case -0x80..<0: append(0xD0, Int8(value))
        case -0x8000..<0: append(0xD1, Int16(value))
        case -0x8000_0000..<0: append(0xD2, Int32(value))
        default: append(0xD3, value)
        }
    }

    package mutating func unsigned(_ value: UInt64) { append(0xCF, value) }
    package mutating func float(_ value: Float) { append(0xCA, value.bitPattern) }
    package mutating func double(_ value: Double) { append(0xCB, value.bitPattern) }

    package mutating func string(_ text: String) { string(bytes: Array(text.utf8)) }

    package mutating func string(bytes text: [UInt8]) {
        switch text.count {
        case ..<32: bytes.append(0xA0 | UInt8(text.count))
        case ..<0x100: append(0xD9, UInt8(text.count))
        case ..<0x1_0000: append(0xDA, UInt16(text.count))
        default: append(0xDB, UInt32(text.count))
        }
        bytes.append(contentsOf: text)
    }

    package mutating func binary(_ data: [UInt8]) {
        append(0xC4, UInt8(data.count))
        bytes.append(contentsOf: data)
    }

    /// An extension of 1, 2, 4, 8 or 16 bytes is written without its length.
    package mutating func fixedExtension(_ type: Int8, _ data: [UInt8]) {
        append(0xD4 + UInt8(data.count.trailingZeroBitCount), type)
        bytes.append(contentsOf: data)
    }

    package mutating func longExtension(_ type: Int8, _ data: [UInt8]) {
        append(0xC8, UInt16(data.count))
        bytes.append(UInt8(bitPattern: type))
        bytes.append(contentsOf: data)
    }

    /// `count` values follow.
    package mutating func array(_ count: Int) {
        switch count {
        case ..<16: bytes.append(0x90 | UInt8(count))
        case ..<0x1_0000: append(0xDC, UInt16(count))
        default: append(0xDD, UInt32(count))
        }
    }

    /// `count` keys, each with its value, follow.
    package mutating func map(_ count: Int) {
        switch count {
        case ..<16: bytes.append(0x80 | UInt8(count))
        case ..<0x1_0000: append(0xDE, UInt16(count))
        default: append(0xDF, UInt32(count))
        }
    }

    /// Bytes as they are.
    package mutating func raw(_ more: [UInt8]) { bytes.append(contentsOf: more) }

    private mutating func append(_ head: UInt8, _ value: some FixedWidthInteger) {
        bytes.append(head)
        withUnsafeBytes(of: value.bigEndian) { bytes.append(contentsOf: $0) }
    }
}
