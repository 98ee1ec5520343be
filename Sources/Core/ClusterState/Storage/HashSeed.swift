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
        let count = bytes.count
        var state = first ^ UInt64(truncatingIfNeeded: count)
        var offset = 0
        while offset + 16 <= count {
            let low = start.loadUnaligned(fromByteOffset: offset, as: UInt64.self)
            let high = start.loadUnaligned(fromByteOffset: offset + 8, as: UInt64.self)
            let product = (state ^ low).multipliedFullWidth(by: second ^ high)
            state = product.high ^ product.low
            offset += 16
        }
        var rest: (low: UInt64, high: UInt64) = (0, 0)
        if offset + 8 <= count {
            rest.high = start.loadUnaligned(fromByteOffset: offset, as: UInt64.self)
            offset += 8
        }
        while offset < count {
            rest.low = rest.low << 8 ^ UInt64(bytes[offset])
            offset += 1
        }
        return HashSeed.fold(state ^ rest.low, second ^ rest.high)
    }

    @inline(__always)
    private static func fold(_ left: UInt64, _ right: UInt64) -> UInt32 {
        let product = left.multipliedFullWidth(by: right)
        let mixed = product.high ^ product.low
        return UInt32(truncatingIfNeeded: mixed ^ mixed >> 32)
    }
}
