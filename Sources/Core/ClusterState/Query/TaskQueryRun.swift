/// One query at work: walks the rows slice by slice, letting the state go in between, and puts the page together the
/// same way. Rows never move, so that nothing is seen twice; what changes meanwhile is seen as it was or as it is.
struct TaskQueryRun {
    private let query: TaskQuery
    private let cluster: Cluster
    /// How many of the first tasks are needed; nil is all.
    private let end: Int?
    private var filter: TaskFilter
    private var sorting: TaskSorting
    private var selection: TaskSelection
    private var matched = 0
    private var total = 0

    private static let rowsPerSlice = 4096
    private static let rowsPerFastSlice = 32_768
    /// Text that may be looked at while the state is held.
    private static let bytesPerSlice = 256 << 10
    private static let snapshotsPerSlice = 32
    private static let childLimit = 1000

    init(_ query: TaskQuery, cluster: Cluster) {
        self.query = query
        self.cluster = cluster
        filter = TaskFilter(query)
        sorting = TaskSorting(query.sortKey)
        let offset = max(query.offset, 0)
        end = query.limit.map { $0 <= 0 ? 0 : min($0, Int.max - offset) + offset }
        selection = TaskSelection(limit: end, isDescending: query.descending)
    }

    mutating func page() -> TaskPage {
        if filter.isEmpty, query.sortKey == .timestamp {
            walkTimestamps(from: query.descending ? floor() : -.infinity)
            // Tasks that went meanwhile may have set the floor too high.
            if let end, selection.count < min(end, total) { walkTimestamps(from: -.infinity) }
        } else {
            var left = Int.max
            while walk(&left) {}
        }
        let candidates = selection.sorted().dropFirst(max(query.offset, 0))
        return TaskPage(tasks: snapshots(of: candidates), matched: matched, total: total)
    }

    /// A time that as many tasks as are asked for have reached: those with the latest events, which are rarely not the
    /// very ones. Nearly all rows are then passed over with one comparison.
    private func floor() -> Double {
        guard let end, end > 0, end <= TaskQueryRun.rowsPerSlice else { return -.infinity }
        let times = cluster.lock.withLock { cluster.store.pointee.tasks.latestTimes(end) }
        return times.count < end ? -.infinity : times.sorted(by: >)[end - 1]
    }

    /// The most frequent question, newest tasks first of all, reads eight bytes a task.
    private mutating func walkTimestamps(from floor: Double) {
        selection = TaskSelection(limit: end, isDescending: query.descending)
        var next = 0
        while walkTimestamps(from: floor, &next) {}
    }

    private mutating func walkTimestamps(from floor: Double, _ next: inout Int) -> Bool {
        cluster.lock.lock()
        defer { cluster.lock.unlock() }
        let timestamps = cluster.store.pointee.tasks.timestamps
        let used = cluster.store.pointee.tasks.used
        let end = min(next + TaskQueryRun.rowsPerFastSlice, used)
        while next < end {
            let timestamp = timestamps[next]
            if timestamp >= floor, selection.mayTake(timestamp) { add(next, number: timestamp, text: nil) }
            next += 1
        }
        total = cluster.store.pointee.tasks.count
        matched = total
        return next < used
    }

    /// From the last row to the first: while a table fills, later rows are newer, and newer tasks are asked for most.
    private mutating func walk(_ left: inout Int) -> Bool {
        cluster.lock.lock()
        defer { cluster.lock.unlock() }
        filter.forget()
        sorting.forget()
        left = min(left, cluster.store.pointee.tasks.used)
        let end = max(left - TaskQueryRun.rowsPerSlice, 0)
        while left > end, filter.scanned + sorting.scanned < TaskQueryRun.bytesPerSlice {
            left -= 1
            let at = left
            guard cluster.store.pointee.tasks.rows[at].flags.contains(.isUsed),
                filter.matches(at, in: cluster.store.pointee)
            else { continue }
            matched += 1
            let (number, text) = sorting.key(at, in: cluster.store.pointee)
            if selection.mayTake(number) { add(at, number: number, text: text) }
        }
        total = cluster.store.pointee.tasks.count
        return left > 0
    }

    private mutating func add(_ at: Int, number: Double, text: String?) {
        let id = cluster.store.pointee.tasks.rows[at].id
        let oddID = id.oddHandle == nil ? nil : cluster.store.pointee.text(of: id)
        selection.add(TaskCandidate(row: Int32(at), id: id, oddID: oddID, number: number, text: text))
    }

    private func snapshots(of candidates: ArraySlice<TaskCandidate>) -> [TaskSnapshot] {
        var tasks: [TaskSnapshot] = []
        tasks.reserveCapacity(candidates.count)
        var next = candidates.startIndex
        while next < candidates.endIndex {
            let end = min(next + TaskQueryRun.snapshotsPerSlice, candidates.endIndex)
            cluster.lock.lock()
            for candidate in candidates[next..<end] {
                // A task that went since it was found is left out; its row may belong to another one already.
                guard cluster.store.pointee.isStill(candidate) else { continue }
                tasks.append(
                    cluster.store.pointee.snapshot(Int(candidate.row), childLimit: TaskQueryRun.childLimit))
            }
            cluster.lock.unlock()
            next = end
        }
        return tasks
    }
}

extension ClusterStore {
    /// The candidate's row still holds its task.
    func isStill(_ candidate: TaskCandidate) -> Bool {
        tasks.rows[Int(candidate.row)].id == candidate.id
            && (candidate.oddID == nil || text(of: candidate.id) == candidate.oddID)
    }
}
