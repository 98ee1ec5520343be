/// Open addressing from a hash to a row number; what a row's key is, the caller knows.
///
/// A slot holds the hash's 32 bits and the row number + 1, so that neither probing past a stranger nor removing ever
/// touches a row.
struct IDIndex: ~Copyable {
    private let slots: UnsafeMutablePointer<UInt64>
    private let mask: UInt32
    private let memory: MappedMemory
    private(set) var count = 0

    /// Never more than four fifths full with `rows` entries.
    init(rows: Int) {
        var capacity = 64
        while capacity * 4 < rows * 5 { capacity *= 2 }
        mask = UInt32(capacity - 1)
        memory = MappedMemory(bytes: capacity * 8)
        slots = memory.start.bindMemory(to: UInt64.self, capacity: capacity)
    }

    deinit { memory.release() }

    /// Bytes at most touched by what is in it.
    var bytes: Int { min((Int(mask) + 1) * 8, count * 4096) }

    /// The row with `hash` for which `matches` is true, or -1.
    @inline(__always)
    func find(_ hash: UInt32, _ matches: (Int32) -> Bool) -> Int32 {
        var slot = hash & mask
        while true {
            let entry = slots[Int(slot)]
            if entry == 0 { return -1 }
            if UInt32(truncatingIfNeeded: entry >> 32) == hash {
                let row = Int32(truncatingIfNeeded: entry & 0xFFFF_FFFF) &- 1
                if matches(row) { return row }
            }
            slot = (slot &+ 1) & mask
        }
    }

    @inline(__always)
    mutating func insert(_ hash: UInt32, row: Int32) {
        var slot = hash & mask
        while slots[Int(slot)] != 0 { slot = (slot &+ 1) & mask }
        slots[Int(slot)] = IDIndex.entry(hash, row)
        count += 1
    }

    /// Puts `row` where `old` is, under the same hash.
    mutating func replace(_ hash: UInt32, row old: Int32, by row: Int32) {
        guard let slot = slot(of: IDIndex.entry(hash, old), hash) else { return }
        slots[Int(slot)] = IDIndex.entry(hash, row)
    }

    mutating func remove(_ hash: UInt32, row: Int32) {
        guard var slot = slot(of: IDIndex.entry(hash, row), hash) else { return }
        // Backward shift: entries after the hole move up unless they are at home behind it.
        var next = (slot &+ 1) & mask
        while slots[Int(next)] != 0 {
            let home = UInt32(truncatingIfNeeded: slots[Int(next)] >> 32) & mask
            if (next &- home) & mask >= (next &- slot) & mask {
                slots[Int(slot)] = slots[Int(next)]
                slot = next
            }
            next = (next &+ 1) & mask
        }
        slots[Int(slot)] = 0
        count -= 1
    }

    @inline(__always)
    private static func entry(_ hash: UInt32, _ row: Int32) -> UInt64 {
        UInt64(hash) << 32 | UInt64(UInt32(bitPattern: row &+ 1))
    }

    private func slot(of entry: UInt64, _ hash: UInt32) -> UInt32? {
        var slot = hash & mask
        while slots[Int(slot)] != entry {
            if slots[Int(slot)] == 0 { return nil }
            slot = (slot &+ 1) & mask
        }
        return slot
    }
}
