/// The origins of tasks. A row is good until it is removed.
struct TaskOrigins: ~Copyable {
    let rows: UnsafeMutablePointer<TaskOrigin>
    private let memory: MappedMemory
    private var used = 0
    /// Row + 1; the next one is in `nextSibling` of a free row.
    private var firstFree: UInt32 = 0

    init(capacity: Int) {
        memory = MappedMemory(bytes: capacity * MemoryLayout<TaskOrigin>.stride)
        rows = memory.start.bindMemory(to: TaskOrigin.self, capacity: capacity)
    }

    deinit { memory.release() }

    var bytes: Int { used * MemoryLayout<TaskOrigin>.stride }

    /// A new row + 1. Never more are asked for than there are tasks.
    mutating func insert() -> UInt32 {
        let row: UInt32
        if firstFree != 0 {
            row = firstFree
            firstFree = UInt32(bitPattern: rows[Int(row) - 1].nextSibling)
        } else {
            used += 1
            row = UInt32(used)
        }
        rows.advanced(by: Int(row) - 1).initialize(to: TaskOrigin())
        return row
    }

    /// Takes a row + 1; 0 is none.
    mutating func remove(_ row: UInt32) {
        guard row != 0 else { return }
        rows[Int(row) - 1].nextSibling = Int32(bitPattern: firstFree)
        firstFree = row
    }
}
