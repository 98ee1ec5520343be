/// A search at work on rows. Keeps what it found out about interned texts, for as long as their handles are stable:
/// `forget()` when the state was let go.
struct SearchRun {
    private let root: SearchNode
    /// By term, three each: for names, for workers, for states.
    private var verdicts: [HandleVerdicts]
    /// Text bytes looked at since the last reset, a measure of the time spent.
    private(set) var scanned = 0

    /// Parsing a literal takes about this many times as long as looking for a word in it.
    private static let parsingWeight = 40

    init(_ expression: SearchExpression) {
        root = expression.root
        verdicts = Array(repeating: HandleVerdicts(), count: 3 * (SearchRun.leaves(expression.root) + 1))
    }

    mutating func forget() {
        for index in verdicts.indices { verdicts[index].forget() }
        scanned = 0
    }

    mutating func matches(_ at: Int, in store: borrowing ClusterStore) -> Bool {
        var term = 0
        return matches(root, at, in: store, &term)
    }

    /// `term` numbers the leaves in order, so that each has its verdicts.
    private mutating func matches(
        _ node: SearchNode, _ at: Int, in store: borrowing ClusterStore, _ term: inout Int
    ) -> Bool {
        switch node {
        case .all: return true
        case .and(let nodes):
            var all = true
            for node in nodes {
                if all { all = matches(node, at, in: store, &term) } else { term += SearchRun.leaves(node) }
            }
            return all
        case .or(let nodes):
            var any = false
            for node in nodes {
                if any { term += SearchRun.leaves(node) } else { any = matches(node, at, in: store, &term) }
            }
            return any
        case .state(let name):
            term += 1
            let state = store.tasks.rows[at].state
            return verdict(term, 0, state.rawValue) { CaseFolding.fold(store.name(of: state)) == name }
        case .keyword(let needle):
            term += 1
            guard let kwargs = text(.kwargs, at, store) else { return false }
            scanned += kwargs.count * SearchRun.parsingWeight
            return needle.isIn(kwargs)
        case .contains(let needle, let field):
            term += 1
            guard let field else { return isAnywhere(needle, at, in: store, term) }
            return isIn(field, needle, at, in: store, term)
        }
    }

    private static func leaves(_ node: SearchNode) -> Int {
        switch node {
        case .all: 0
        case .and(let nodes), .or(let nodes): nodes.reduce(0) { $0 + leaves($1) }
        default: 1
        }
    }

    private mutating func isAnywhere(
        _ needle: SearchNeedle, _ at: Int, in store: borrowing ClusterStore, _ term: Int
    ) -> Bool {
        isIn(.name, needle, at, in: store, term) || isIn(.worker, needle, at, in: store, term)
            || isIn(.state, needle, at, in: store, term) || isInID(needle, at, in: store)
            || isIn(.args, needle, at, in: store, term) || isIn(.kwargs, needle, at, in: store, term)
            || isIn(.result, needle, at, in: store, term)
    }

    private mutating func isIn(
        _ field: SearchField, _ needle: SearchNeedle, _ at: Int, in store: borrowing ClusterStore, _ term: Int
    ) -> Bool {
        let row = store.tasks.rows + at
        switch field {
        case .name:
            let handle = row.pointee.name
            return handle != 0 && verdict(term, 1, handle) { needle.isIn(store.names.text(handle)) }
        case .worker:
            let handle = row.pointee.worker
            return handle != 0 && verdict(term, 2, handle) { needle.isIn(store.hosts.text(handle)) }
        case .state:
            let state = row.pointee.state
            return verdict(term, 0, state.rawValue) {
                var name = store.name(of: state)
                return name.withUTF8 { needle.isIn(UnsafeRawBufferPointer($0)) }
            }
        case .args: return text(.args, at, store).map { needle.isIn($0) } ?? false
        case .kwargs: return text(.kwargs, at, store).map { needle.isIn($0) } ?? false
        case .result: return text(.result, at, store).map { needle.isIn($0) } ?? false
        }
    }

    private func isInID(_ needle: SearchNeedle, _ at: Int, in store: borrowing ClusterStore) -> Bool {
        let id = store.tasks.rows[at].id
        if let handle = id.oddHandle { return needle.isIn(store.ids.text(handle)) }
        guard needle.isHexadecimal, needle.bytes.count <= 36 else { return false }
        return withUnsafeTemporaryAllocation(of: UInt8.self, capacity: 36) { buffer in
            guard let start = buffer.baseAddress else { return false }
            id.write(to: start)
            return needle.isIn(UnsafeRawBufferPointer(start: start, count: 36))
        }
    }

    private mutating func text(
        _ field: TextField, _ at: Int, _ store: borrowing ClusterStore
    ) -> UnsafeRawBufferPointer? {
        let row = store.tasks.rows + at
        let reference = field == .result ? row.pointee.outcome : row.pointee.request
        let text = store.text(field, in: reference)
        scanned += 64 + (text?.count ?? 0)
        return text
    }

    @inline(__always)
    private mutating func verdict(_ term: Int, _ field: Int, _ handle: UInt32, _ find: () -> Bool) -> Bool {
        verdicts[term * 3 + field].verdict(handle, find)
    }
}
