/// One query at work: walks the rows slice by slice, letting the state go in between, and puts the page together the
/// same way. Rows never move, so that nothing is seen twice; what changes meanwhile is seen as it was or as it is.
struct TaskQueryRun {
    private let query: TaskQuery
    private let cluster: Cluster
    private let offset: Int
    /// How many of the first tasks are needed; nil is all.
    private let end: Int?
    private var search: SearchRun?
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

    init(_ query: TaskQuery, cluster: Cluster, now: Double) {
        self.query = query
        self.cluster = cluster
        search = query.search.flatMap { $0.isEmpty ? nil : SearchRun($0, at: now) }
        filter = TaskFilter(query)
        sorting = TaskSorting(query.sortKey)
        let offset = max(query.offset, 0)
        self.offset = offset
        end = query.limit.map { $0 <= 0 ? 0 : min($0, Int.max - offset) + offset }
        selection = TaskSelection(offset: offset, end: end, isDescending: query.descending)
    }

    mutating func page() -> TaskPage {
        if search == nil, filter.isEmpty, query.sortKey == .timestamp {
            walkTimestamps(from: query.descending ? floor() : -.infinity)
            // Tasks that went meanwhile may have set the floor too high.
            if let end, selection.count < min(end, total) { walkTimestamps(from: -.infinity) }
        } else {
            let rows = search.map { run in
                var sets = SearchSets(run, in: cluster)
                return sets.find()
            }
            var left = Int.max
            while walk(rows, &left) {}
        }
        let candidates = selection.take()
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
        selection = TaskSelection(offset: offset, end: end, isDescending: query.descending)
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
            if timestamp >= floor, selection.mayTake(timestamp) { add(next, number: timestamp) }
            next += 1
        }
        total = cluster.store.pointee.tasks.count
        matched = total
        return next < used
    }

    /// From the last row to the first: while a table fills, later rows are newer, and newer tasks are asked for most.
    private mutating func walk(_ rows: RowSet?, _ left: inout Int) -> Bool {
        cluster.lock.lock()
        defer { cluster.lock.unlock() }
        filter.forget()
        sorting.forget()
        left = min(left, cluster.store.pointee.tasks.used)
        let end = max(left - TaskQueryRun.rowsPerSlice, 0)
        while left > end, sorting.scanned < TaskQueryRun.bytesPerSlice {
            if let rows {
                let next = rows.last(below: left) ?? -1
                if next < end {
                    left = next + 1
                    break
                }
                left = next
            } else {
                left -= 1
            }
            // No task has no time.
            let timestamp = cluster.store.pointee.tasks.timestamps[left]
            if timestamp.isNaN { continue }
            if !filter.isEmpty, !filter.matches(left, in: cluster.store.pointee) { continue }
            matched += 1
            if query.sortKey != .timestamp {
                consider(left)
            } else if selection.mayTake(timestamp) {
                add(left, number: timestamp)
            }
        }
        total = cluster.store.pointee.tasks.count
        return left > 0
    }

    private mutating func consider(_ at: Int) {
        switch sorting.value(at, in: cluster.store.pointee) {
        case .number(let number):
            if selection.mayTake(number) { add(at, number: number) }
        case .folded(let text):
            let isTaken = text.map { text in text.withUnsafeBytes { selection.mayTake($0) } } ?? selection.mayTake(nil)
            if isTaken { add(at, text: text) }
        case .text(let text):
            guard selection.mayTake(text) else { return }
            // Folding takes several times as long as comparing.
            sorting.scanned += 256 + (text?.count ?? 0) * 4
            add(
                at,
                text: text.map {
                    var folded: [UInt8] = []
                    folded.reserveCapacity($0.count)
                    CaseFolding.fold($0, into: &folded)
                    return folded
                })
        }
    }

    private mutating func add(_ at: Int, number: Double = 0, text: [UInt8]? = nil) {
        let id = cluster.store.pointee.tasks.rows[at].id
        let oddID = id.oddHandle == nil ? nil : cluster.store.pointee.text(of: id)
        let detail = text == nil && oddID == nil ? nil : TaskSelection.Detail(text: text, oddID: oddID)
        selection.add(row: Int32(at), id: id, number: number, detail: detail)
    }

    private mutating func snapshots(of candidates: ArraySlice<TaskCandidate>) -> [TaskSnapshot] {
        var tasks: [TaskSnapshot] = []
        tasks.reserveCapacity(candidates.count)
        var next = candidates.startIndex
        while next < candidates.endIndex {
            let end = min(next + TaskQueryRun.snapshotsPerSlice, candidates.endIndex)
            cluster.lock.lock()
            search?.forget()
            for candidate in candidates[next..<end] {
                // A task that went or changed since it was found is left out; its row may belong to another one already.
                guard cluster.store.pointee.isStill(candidate, oddID: selection.oddID(of: candidate)) else { continue }
                if search?.matches(Int(candidate.row), in: cluster.store.pointee) == false { continue }
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
    func isStill(_ candidate: TaskCandidate, oddID: String?) -> Bool {
        tasks.rows[Int(candidate.row)].id == candidate.id && (oddID == nil || text(of: candidate.id) == oddID)
    }
}
