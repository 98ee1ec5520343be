/// Seeded hashing for the tables of the hot path, so that nobody who can publish events can choose colliding keys.
struct HashSeed {
    private let first = UInt64.random(in: .min ... .max) | 1
    private let second = UInt64.random(in: .min ... .max) | 1

    @inline(__always)
    func hash(_ high: UInt64, _ low: UInt64) -> UInt32 {
        HashSeed.fold(high ^ first, low ^ second)
    }

    @inline(__always)
    func hash(_ bytes: UnsafeRawBufferPointer) -> UInt32 {
        guard let start = bytes.baseAddress else { return 0 }
        var state = first
        var offset = 0
        let count = bytes.count
        while offset + 8 <= count {
            let word = start.loadUnaligned(fromByteOffset: offset, as: UInt64.self)
            let product = (state ^ word).multipliedFullWidth(by: second)
            state = product.high ^ product.low
            offset += 8
        }
        var rest = UInt64(truncatingIfNeeded: count) << 56
        while offset < count {
            rest = rest << 8 ^ UInt64(bytes[offset])
            offset += 1
        }
        return HashSeed.fold(state ^ rest, second ^ UInt64(truncatingIfNeeded: count))
    }

    @inline(__always)
    private static func fold(_ left: UInt64, _ right: UInt64) -> UInt32 {
        let product = left.multipliedFullWidth(by: right)
        let mixed = product.high ^ product.low
        return UInt32(truncatingIfNeeded: mixed ^ mixed >> 32)
    }
}
