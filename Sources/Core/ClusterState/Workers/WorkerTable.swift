/// The workers, found by the handle of their node name. Bounded: the worker that was quiet longest goes first.
struct WorkerTable: ~Copyable {
    let capacity: Int
    /// Rows without a worker have host 0.
    private(set) var rows: [WorkerRow] = []
    private var free: [Int] = []
    /// Row + 1 by host handle, 0 is none.
    private var byHost: [Int32] = []
    private(set) var count = 0

    init(capacity: Int) { self.capacity = max(capacity, 1) }

    var bytes: Int { rows.count * (MemoryLayout<WorkerRow>.stride + 192) + byHost.count * 4 }
    var isFull: Bool { count >= capacity }

    /// The row of `host`, or −1.
    @inline(__always)
    func find(_ host: UInt32) -> Int {
        Int(host) < byHost.count ? Int(byHost[Int(host)]) - 1 : -1
    }

    /// A new row; the table must not be full.
    mutating func insert(_ host: UInt32) -> Int {
        let row: Int
        if let reused = free.popLast() {
            row = reused
            rows[row] = WorkerRow(host: host)
        } else {
            row = rows.count
            rows.append(WorkerRow(host: host))
        }
        if Int(host) >= byHost.count {
            byHost.append(contentsOf: repeatElement(0, count: max(Int(host) + 1 - byHost.count, byHost.count)))
        }
        byHost[Int(host)] = Int32(row + 1)
        count += 1
        return row
    }

    mutating func remove(_ row: Int) {
        byHost[Int(rows[row].host)] = 0
        rows[row] = WorkerRow(host: 0)
        free.append(row)
        count -= 1
    }

    @inline(__always)
    mutating func update(_ row: Int, _ body: (inout WorkerRow) -> Void) { body(&rows[row]) }

    /// The `some` workers that were not heard for longest, in no order; without sorting them all (quickselect).
    func quietest(_ some: Int) -> [Int] {
        var candidates: [(seen: Double, row: Int)] = []
        candidates.reserveCapacity(count)
        for row in rows.indices where rows[row].host != 0 { candidates.append((rows[row].lastSeen, row)) }
        guard some < candidates.count else { return candidates.map(\.row) }
        // Those below `low` are among the quietest, those above `high` are not.
        var low = 0
        var high = candidates.count - 1
        while low < high {
            let pivot = candidates[low + (high - low) / 2].seen
            var left = low
            var right = high
            while left <= right {
                while candidates[left].seen < pivot { left += 1 }
                while candidates[right].seen > pivot { right -= 1 }
                if left <= right {
                    candidates.swapAt(left, right)
                    left += 1
                    right -= 1
                }
            }
            if some - 1 <= right {
                high = right
            } else if some - 1 >= left {
                low = left
            } else {
                break
            }
        }
        return candidates.prefix(some).map(\.row)
    }
}
