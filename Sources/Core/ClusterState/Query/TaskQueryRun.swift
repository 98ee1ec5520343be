/// One query at work: walks the rows slice by slice, letting the state go in between, and puts the page together the
/// same way. Rows never move, so that nothing is seen twice; what changes meanwhile is seen as it was or as it is.
struct TaskQueryRun {
    private let query: TaskQuery
    private let cluster: Cluster
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
        let end = query.limit.map { max($0, 0) &+ offset }
        selection = TaskSelection(limit: query.limit.map { $0 <= 0 ? 0 : end ?? 0 }, isDescending: query.descending)
    }

    mutating func page() -> TaskPage {
        var next = 0
        if filter.isEmpty, query.sortKey == .timestamp {
            while walkTimestamps(from: &next) {}
        } else {
            while walk(from: &next) {}
        }
        let candidates = selection.sorted().dropFirst(max(query.offset, 0))
        return TaskPage(tasks: snapshots(of: candidates), matched: matched, total: total)
    }

    /// The most frequent question, newest tasks first of all, reads eight bytes a task.
    private mutating func walkTimestamps(from next: inout Int) -> Bool {
        cluster.lock.lock()
        defer { cluster.lock.unlock() }
        let timestamps = cluster.store.pointee.tasks.timestamps
        let used = cluster.store.pointee.tasks.used
        let end = min(next + TaskQueryRun.rowsPerFastSlice, used)
        while next < end {
            let timestamp = timestamps[next]
            if selection.mayTake(timestamp) { add(next, number: timestamp, text: nil) }
            next += 1
        }
        total = cluster.store.pointee.tasks.count
        matched = total
        return next < used
    }

    private mutating func walk(from next: inout Int) -> Bool {
        cluster.lock.lock()
        defer { cluster.lock.unlock() }
        filter.forget()
        sorting.forget()
        let used = cluster.store.pointee.tasks.used
        let end = min(next + TaskQueryRun.rowsPerSlice, used)
        while next < end, filter.scanned + sorting.scanned < TaskQueryRun.bytesPerSlice {
            let at = next
            next += 1
            guard cluster.store.pointee.tasks.rows[at].flags.contains(.isUsed),
                filter.matches(at, in: cluster.store.pointee)
            else { continue }
            matched += 1
            let (number, text) = sorting.key(at, in: cluster.store.pointee)
            if selection.mayTake(number) { add(at, number: number, text: text) }
        }
        total = cluster.store.pointee.tasks.count
        return next < used
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
