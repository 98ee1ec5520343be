/// Values by three labels, each a handle. Entries lie side by side so that a reader can copy them in slices.
struct SeriesTable<Value: BitwiseCopyable>: ~Copyable {
    struct Entry {
        var worker: UInt32
        var type: UInt32
        var task: UInt32
        var value: Value
    }

    private(set) var entries: UnsafeMutablePointer<Entry>
    private var capacity = 16
    private(set) var count = 0
    /// entry + 1, 0 is empty.
    private var slots: UnsafeMutablePointer<UInt32>
    private var mask: UInt32 = 31
    private let seed = HashSeed()

    init() {
        entries = .allocate(capacity: capacity)
        slots = .allocate(capacity: Int(mask) + 1)
        slots.initialize(repeating: 0, count: Int(mask) + 1)
    }

    deinit {
        entries.deallocate()
        slots.deallocate()
    }

    var bytes: Int { capacity * MemoryLayout<Entry>.stride + (Int(mask) + 1) * 4 }

    /// The entry of these labels, or −1.
    @inline(__always)
    func find(worker: UInt32, type: UInt32, task: UInt32) -> Int {
        var slot = hash(worker, type, task) & mask
        while true {
            let found = Int(slots[Int(slot)])
            if found == 0 { return -1 }
            let entry = entries + (found - 1)
            if entry.pointee.worker == worker, entry.pointee.type == type, entry.pointee.task == task {
                return found - 1
            }
            slot = (slot &+ 1) & mask
        }
    }

    /// Adds an entry for labels that have none.
    mutating func insert(worker: UInt32, type: UInt32, task: UInt32, _ value: Value) -> Int {
        if count == capacity {
            let grown = UnsafeMutablePointer<Entry>.allocate(capacity: capacity * 2)
            grown.moveInitialize(from: entries, count: count)
            entries.deallocate()
            entries = grown
            capacity *= 2
        }
        (entries + count).initialize(to: Entry(worker: worker, type: type, task: task, value: value))
        count += 1
        if count * 2 > Int(mask) {
            slots.deallocate()
            mask = mask << 1 | 1
            slots = .allocate(capacity: Int(mask) + 1)
            rebuildSlots()
        } else {
            place(count - 1)
        }
        return count - 1
    }

    /// Removes the entries for which `isGone` is true.
    mutating func sweep(_ isGone: (Entry) -> Bool) {
        var kept = 0
        for index in 0..<count where !isGone(entries[index]) {
            if kept != index { entries[kept] = entries[index] }
            kept += 1
        }
        guard kept != count else { return }
        count = kept
        rebuildSlots()
    }

    private mutating func rebuildSlots() {
        slots.update(repeating: 0, count: Int(mask) + 1)
        for index in 0..<count { place(index) }
    }

    private func place(_ index: Int) {
        let entry = entries[index]
        var slot = hash(entry.worker, entry.type, entry.task) & mask
        while slots[Int(slot)] != 0 { slot = (slot &+ 1) & mask }
        slots[Int(slot)] = UInt32(index + 1)
    }

    @inline(__always)
    private func hash(_ worker: UInt32, _ type: UInt32, _ task: UInt32) -> UInt32 {
        seed.hash(UInt64(worker) << 32 | UInt64(type), UInt64(task))
    }
}
