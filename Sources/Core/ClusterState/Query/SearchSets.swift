/// A search at work on all tasks: a set of rows for each term, put together as the search says.
///
/// The state is let go again and again meanwhile. A row that changes after it was looked at stays in the sets as it was;
/// whoever shows a task looks once more.
struct SearchSets {
    private let cluster: Cluster
    private var run: SearchRun
    private var rows = 0

    /// Terms that read the texts together.
    private static let termsPerScan = 8
    private static let rowsPerSlice = 4096
    private static let handlesPerSlice = 512

    init(_ run: SearchRun, in cluster: Cluster) {
        self.cluster = cluster
        self.run = run
    }

    /// Rows of tasks that match, and perhaps rows without a task.
    mutating func find() -> RowSet {
        rows = cluster.lock.withLock { cluster.store.pointee.tasks.used }
        var sets = run.terms.map { _ in RowSet(limit: rows) }
        let texts = run.terms.indices.filter { run.textTerms[$0] != nil }
        for start in stride(from: 0, to: texts.count, by: SearchSets.termsPerScan) {
            let some = texts[start..<min(start + SearchSets.termsPerScan, texts.count)]
            var scan = TextScan(some.compactMap { run.textTerms[$0] }, rows: rows)
            for (term, found) in zip(some, scan.find(in: cluster)) { sets[term] = found }
        }
        let inRows = run.terms.indices.filter { mayBeInRows(run.terms[$0]) }
        if !inRows.isEmpty {
            var next = 0
            while lookAtRows(inRows, from: &next, into: &sets) {}
        }
        return combine(run.root, sets)
    }

    private mutating func lookAtRows(_ terms: [Int], from next: inout Int, into sets: inout [RowSet]) -> Bool {
        cluster.lock.lock()
        defer { cluster.lock.unlock() }
        run.forget()
        let used = cluster.store.pointee.tasks.used
        let end = min(next + max(SearchSets.rowsPerSlice / terms.count, 64), used)
        while next < end {
            if cluster.store.pointee.tasks.rows[next].flags.contains(.isUsed) {
                for term in terms where run.matchesRow(term, next, in: cluster.store.pointee) {
                    sets[term].insert(next)
                }
            }
            next += 1
        }
        return next < used
    }

    /// Whether going through all rows can find anything: most words are in no name, worker or state.
    private func mayBeInRows(_ term: SearchTerm) -> Bool {
        guard case .contains(let needle, let field) = term else {
            if case .keyword = term { return false }
            return true
        }
        switch field {
        case .args, .kwargs, .result, .error: return false
        case .name: return isAny(needle, .names)
        case .worker: return isAny(needle, .hosts)
        case .state, .queue: return true
        case nil:
            return needle.isHexadecimal || isAny(needle, .names) || isAny(needle, .hosts) || isAny(needle, .ids)
                || isAnyState(needle)
        }
    }

    private func isAnyState(_ needle: SearchNeedle) -> Bool {
        let known = StateCode.knownNames.contains { name in
            var name = name
            return name.withUTF8 { needle.isIn(UnsafeRawBufferPointer($0)) }
        }
        return known || isAny(needle, .states)
    }

    private enum Names { case names, hosts, ids, states }

    private func isAny(_ needle: SearchNeedle, _ names: Names) -> Bool {
        var next = 1
        var isFound = false
        while !isFound,
            cluster.lock.withLock({
                let store = cluster.store
                switch names {
                case .names: return SearchSets.look(for: needle, in: store.pointee.names, &next, &isFound)
                case .hosts: return SearchSets.look(for: needle, in: store.pointee.hosts, &next, &isFound)
                case .ids: return SearchSets.look(for: needle, in: store.pointee.ids, &next, &isFound)
                case .states: return SearchSets.look(for: needle, in: store.pointee.states, &next, &isFound)
                }
            })
        {}
        return isFound
    }

    /// Looks at some more of the interned texts; false behind the last one.
    private static func look(
        for needle: SearchNeedle, in interner: borrowing Interner, _ next: inout Int, _ isFound: inout Bool
    ) -> Bool {
        let end = min(next + handlesPerSlice, interner.handleLimit)
        while next < end, !isFound {
            isFound = needle.isIn(interner.text(UInt32(next)))
            next += 1
        }
        return next < interner.handleLimit
    }

    private func combine(_ node: SearchRun.Node, _ sets: [RowSet]) -> RowSet {
        switch node {
        case .all: return RowSet(limit: rows, isFull: true)
        case .term(let term): return sets[term]
        case .not(let node):
            var set = combine(node, sets)
            set.formUnion(RowSet(limit: rows))
            set.invert()
            return set
        case .and(let nodes):
            var set = RowSet(limit: rows, isFull: true)
            for node in nodes { set.formIntersection(combine(node, sets)) }
            return set
        case .or(let nodes):
            var set = RowSet(limit: rows)
            for node in nodes { set.formUnion(combine(node, sets)) }
            return set
        }
    }
}
