/// The rows of tasks, found by id, and ordered by their last event.
///
/// Rows never move: a row number is good until its task is removed.
struct TaskTable: ~Copyable {
    struct RecencyList {
        var newest: Int32 = -1
        var oldest: Int32 = -1
        var count = 0
    }

    let capacity: Int
    let rows: UnsafeMutablePointer<TaskRow>
    /// When each row's state was set; beside the rows, so that ordering by it reads eight bytes a task. NaN is no task.
    let timestamps: UnsafeMutablePointer<Double>
    private let rowMemory: MappedMemory
    private let timestampMemory: MappedMemory
    private var origins: TaskOrigins
    private let seed = HashSeed()
    private var index: IDIndex
    private var byParent: IDIndex
    /// Rows at and above this were never used.
    private(set) var used = 0
    private var firstFree: Int32 = -1
    private(set) var count = 0
    private(set) var finished = RecencyList()
    private(set) var unfinished = RecencyList()

    init(capacity: Int) {
        self.capacity = capacity
        rowMemory = MappedMemory(bytes: capacity * MemoryLayout<TaskRow>.stride)
        timestampMemory = MappedMemory(bytes: capacity * 8)
        rows = rowMemory.start.bindMemory(to: TaskRow.self, capacity: capacity)
        timestamps = timestampMemory.start.bindMemory(to: Double.self, capacity: capacity)
        origins = TaskOrigins(capacity: capacity)
        index = IDIndex(rows: capacity)
        byParent = IDIndex(rows: capacity)
    }

    deinit {
        rowMemory.release()
        timestampMemory.release()
    }

    var bytes: Int { used * (MemoryLayout<TaskRow>.stride + 8) + origins.bytes + index.bytes + byParent.bytes }
    var isFull: Bool { count >= capacity }

    /// The row of `id`, or −1.
    @inline(__always)
    func find(_ id: TaskID) -> Int32 {
        index.find(seed.hash(id.high, id.low)) { rows[Int($0)].id == id }
    }

    /// A new row as the newest of the unfinished ones. The table must not be full.
    mutating func insert(_ id: TaskID) -> Int32 {
        let row: Int32
        if firstFree >= 0 {
            row = firstFree
            firstFree = rows[Int(row)].older
        } else {
            row = Int32(used)
            used += 1
        }
        rows.advanced(by: Int(row)).initialize(to: TaskRow())
        rows[Int(row)].id = id
        rows[Int(row)].flags = .isUsed
        timestamps[Int(row)] = -.infinity
        index.insert(seed.hash(id.high, id.low), row: row)
        count += 1
        TaskTable.link(row, in: &unfinished, rows)
        return row
    }

    /// Takes the row out of everything; its texts and names are the caller's to release.
    mutating func remove(_ row: Int32) {
        setParent(.none, of: row)
        origins.remove(rows[Int(row)].origin)
        let id = rows[Int(row)].id
        index.remove(seed.hash(id.high, id.low), row: row)
        if rows[Int(row)].flags.contains(.isInFinishedList) {
            TaskTable.unlink(row, from: &finished, rows)
        } else {
            TaskTable.unlink(row, from: &unfinished, rows)
        }
        rows[Int(row)] = TaskRow()
        timestamps[Int(row)] = .nan
        rows[Int(row)].older = firstFree
        firstFree = row
        count -= 1
    }

    /// Makes the row the newest of its list; it belongs to the finished ones when `isFinished`.
    @inline(__always)
    mutating func touch(_ row: Int32, isFinished: Bool) {
        let wasFinished = rows[Int(row)].flags.contains(.isInFinishedList)
        if wasFinished == isFinished, (wasFinished ? finished.newest : unfinished.newest) == row { return }
        if wasFinished {
            TaskTable.unlink(row, from: &finished, rows)
        } else {
            TaskTable.unlink(row, from: &unfinished, rows)
        }
        if isFinished {
            rows[Int(row)].flags.insert(.isInFinishedList)
            TaskTable.link(row, in: &finished, rows)
        } else {
            rows[Int(row)].flags.remove(.isInFinishedList)
            TaskTable.link(row, in: &unfinished, rows)
        }
    }

    /// Which task goes first: the finished one that was quiet longest, unless the finished ones are down to a quarter
    /// of all. Tasks that never end (lost, ignored) would otherwise push out everything else.
    var evictionCandidate: Int32 {
        if finished.count > 0, finished.count * 4 >= count || unfinished.count == 0 { return finished.oldest }
        return unfinished.oldest
    }

    @inline(__always)
    private static func link(_ row: Int32, in list: inout RecencyList, _ rows: UnsafeMutablePointer<TaskRow>) {
        rows[Int(row)].older = list.newest
        rows[Int(row)].newer = -1
        if list.newest >= 0 { rows[Int(list.newest)].newer = row } else { list.oldest = row }
        list.newest = row
        list.count += 1
    }

    @inline(__always)
    private static func unlink(_ row: Int32, from list: inout RecencyList, _ rows: UnsafeMutablePointer<TaskRow>) {
        let older = rows[Int(row)].older
        let newer = rows[Int(row)].newer
        if newer >= 0 { rows[Int(newer)].older = older } else { list.newest = older }
        if older >= 0 { rows[Int(older)].newer = newer } else { list.oldest = newer }
        list.count -= 1
    }

    /// What is known of where the row's task comes from.
    @inline(__always)
    func origin(of row: Int32) -> TaskOrigin {
        let origin = rows[Int(row)].origin
        return origin == 0 ? .absent : origins.rows[Int(origin) - 1]
    }

    /// The origin of the row's task, made when it has none; good until the task is removed.
    mutating func takeOrigin(of row: Int32) -> UnsafeMutablePointer<TaskOrigin> {
        if rows[Int(row)].origin == 0 { rows[Int(row)].origin = origins.insert() }
        return origins.rows + (Int(rows[Int(row)].origin) - 1)
    }

    func root(of row: Int32) -> TaskID {
        rows[Int(row)].flags.contains(.isOwnRoot) ? rows[Int(row)].id : origin(of: row).root
    }

    mutating func setRoot(_ root: TaskID, of row: Int32) {
        let isOwn = root == rows[Int(row)].id
        if isOwn { rows[Int(row)].flags.insert(.isOwnRoot) } else { rows[Int(row)].flags.remove(.isOwnRoot) }
        let other = isOwn ? TaskID.none : root
        if rows[Int(row)].origin != 0 || !other.isNone { takeOrigin(of: row).pointee.root = other }
    }

    /// Makes the row a child of `parent`, whether that task is known or not.
    mutating func setParent(_ parent: TaskID, of row: Int32) {
        let previous = origin(of: row).parent
        guard previous != parent else { return }
        if !previous.isNone { leaveSiblings(row, of: previous) }
        let own = takeOrigin(of: row)
        own.pointee.parent = parent
        guard !parent.isNone else { return }
        let hash = seed.hash(parent.high, parent.low)
        let first = byParent.find(hash) { origin(of: $0).parent == parent && $0 != row }
        own.pointee.previousSibling = -1
        own.pointee.nextSibling = first
        if first >= 0 {
            takeOrigin(of: first).pointee.previousSibling = row
            byParent.replace(hash, row: first, by: row)
        } else {
            byParent.insert(hash, row: row)
        }
    }

    private mutating func leaveSiblings(_ row: Int32, of parent: TaskID) {
        let own = takeOrigin(of: row)
        let next = own.pointee.nextSibling
        let previous = own.pointee.previousSibling
        if next >= 0 { takeOrigin(of: next).pointee.previousSibling = previous }
        if previous >= 0 {
            takeOrigin(of: previous).pointee.nextSibling = next
        } else if next >= 0 {
            byParent.replace(seed.hash(parent.high, parent.low), row: row, by: next)
        } else {
            byParent.remove(seed.hash(parent.high, parent.low), row: row)
        }
        own.pointee.nextSibling = -1
        own.pointee.previousSibling = -1
    }

    /// The ids of at most `limit` children in memory, the newest first, and the row of the last one; with `after`, those
    /// behind that row.
    func children(of id: TaskID, after: Int32? = nil, limit: Int) -> (ids: [TaskID], last: Int32) {
        var child: Int32
        if let after {
            let sibling = origin(of: after)
            guard sibling.parent == id else { return ([], -1) }
            child = sibling.nextSibling
        } else {
            child = byParent.find(seed.hash(id.high, id.low)) { origin(of: $0).parent == id }
        }
        var last: Int32 = -1
        var found: [TaskID] = []
        while child >= 0, found.count < limit {
            found.append(rows[Int(child)].id)
            last = child
            child = origin(of: child).nextSibling
        }
        return (found, last)
    }

    /// The times of the `some` tasks of either list that had the latest events.
    func latestTimes(_ some: Int) -> [Double] {
        var times: [Double] = []
        for newest in [finished.newest, unfinished.newest] {
            var row = newest
            var left = some
            while row >= 0, left > 0 {
                times.append(timestamps[Int(row)])
                row = rows[Int(row)].older
                left -= 1
            }
        }
        return times
    }
}
