/// The terms of a search at work on single rows. Keeps what it found out about interned texts, for as long as their
/// handles are stable: `forget()` when the state was let go.
///
/// A term holds for a task when it holds for the row itself (names, id, times) or for one of its texts.
struct SearchRun {
    /// The expression with its terms numbered.
    indirect enum Node {
        case all
        case term(Int)
        case not(Node)
        case and([Node])
        case or([Node])
    }

    let root: Node
    private(set) var terms: [SearchTerm] = []
    /// Of each term that looks into texts.
    private(set) var textTerms: [TextTerm?] = []
    /// Of each term that can be a part of a UUID.
    private var idPatterns: [[IDPattern.Pattern]] = []
    private let now: Double
    /// By term, four each: names, workers, states, routes.
    private var verdicts: [HandleVerdicts]

    init(_ expression: SearchExpression, at now: Double) {
        var terms: [SearchTerm] = []
        root = SearchRun.number(expression.root, &terms)
        self.terms = terms
        self.now = now
        textTerms = terms.map { TextTerm($0) }
        idPatterns = terms.map { term in
            guard case .contains(let needle, nil) = term, needle.isHexadecimal else { return [] }
            return IDPattern.patterns(of: needle.bytes)
        }
        verdicts = Array(repeating: HandleVerdicts(), count: 4 * terms.count)
    }

    private static func number(_ node: SearchNode, _ terms: inout [SearchTerm]) -> Node {
        switch node {
        case .all: return .all
        case .term(let term):
            terms.append(term)
            return .term(terms.count - 1)
        case .not(let node): return .not(number(node, &terms))
        case .and(let nodes): return .and(nodes.map { number($0, &terms) })
        case .or(let nodes): return .or(nodes.map { number($0, &terms) })
        }
    }

    mutating func forget() {
        for index in verdicts.indices { verdicts[index].forget() }
    }

    /// Whether the whole search holds for the row as it is now.
    mutating func matches(_ at: Int, in store: borrowing ClusterStore) -> Bool { matches(root, at, in: store) }

    private mutating func matches(_ node: Node, _ at: Int, in store: borrowing ClusterStore) -> Bool {
        switch node {
        case .all: return true
        case .term(let term): return matchesRow(term, at, in: store) || matchesTexts(term, at, in: store)
        case .not(let node): return !matches(node, at, in: store)
        case .and(let nodes):
            for node in nodes where !matches(node, at, in: store) { return false }
            return true
        case .or(let nodes):
            for node in nodes where matches(node, at, in: store) { return true }
            return false
        }
    }

    private func matchesTexts(_ term: Int, _ at: Int, in store: borrowing ClusterStore) -> Bool {
        guard let text = textTerms[term] else { return false }
        for reference in [store.tasks.rows[at].request, store.tasks.rows[at].outcome] where reference != 0 {
            let record = store.record(reference)
            var offset = 0
            while let field = record.next(&offset) {
                if text.looks(in: field.tag), text.matches(store.text(field)) { return true }
            }
        }
        return false
    }

    /// Whether the term holds for what the row itself tells.
    mutating func matchesRow(_ term: Int, _ at: Int, in store: borrowing ClusterStore) -> Bool {
        let row = store.tasks.rows + at
        switch terms[term] {
        case .state(let name):
            let state = row.pointee.state
            return verdict(term, 2, state.rawValue) { CaseFolding.fold(store.name(of: state)) == name }
        case .id(let prefix):
            let id = row.pointee.id
            return id.oddHandle.map { prefix.matches(store.ids.text($0)) } ?? prefix.matches(canonical: id)
        case .range(let range): return range.contains(value(range.quantity, at, in: store), at: now)
        case .keyword: return false
        case .contains(let needle, let field):
            switch field {
            case .name: return isInName(needle, term, row.pointee.name, store)
            case .worker: return isInWorker(needle, term, row.pointee.worker, store)
            case .state: return isInState(needle, term, row.pointee.state, store)
            case .queue:
                let handle = store.tasks.origin(of: Int32(at)).route
                return handle != 0
                    && verdict(term, 3, handle) {
                        var queue = TaskRoute(packed: store.routes.text(handle)).queue ?? ""
                        return queue.withUTF8 { needle.isIn(UnsafeRawBufferPointer($0)) }
                    }
            case nil:
                return isInName(needle, term, row.pointee.name, store)
                    || isInWorker(needle, term, row.pointee.worker, store)
                    || isInState(needle, term, row.pointee.state, store)
                    || isInID(needle, term, row.pointee.id, store)
            case .args, .kwargs, .result, .error: return false
            }
        }
    }

    private func value(_ quantity: SearchRange.Quantity, _ at: Int, in store: borrowing ClusterStore) -> Double {
        switch quantity {
        case .runtime: return store.tasks.rows[at].runtime
        case .retries:
            let retries = store.tasks.rows[at].retries
            return retries == TaskRow.noAttempt ? .nan : Double(retries)
        case .since, .until: return store.tasks.timestamps[at]
        }
    }

    @inline(__always)
    private mutating func isInName(
        _ needle: SearchNeedle, _ term: Int, _ handle: UInt32, _ store: borrowing ClusterStore
    ) -> Bool {
        handle != 0 && verdict(term, 0, handle) { needle.isIn(store.names.text(handle)) }
    }

    @inline(__always)
    private mutating func isInWorker(
        _ needle: SearchNeedle, _ term: Int, _ handle: UInt32, _ store: borrowing ClusterStore
    ) -> Bool {
        handle != 0 && verdict(term, 1, handle) { needle.isIn(store.hosts.text(handle)) }
    }

    @inline(__always)
    private mutating func isInState(
        _ needle: SearchNeedle, _ term: Int, _ state: StateCode, _ store: borrowing ClusterStore
    ) -> Bool {
        verdict(term, 2, state.rawValue) {
            var name = store.name(of: state)
            return name.withUTF8 { needle.isIn(UnsafeRawBufferPointer($0)) }
        }
    }

    @inline(__always)
    private func isInID(_ needle: SearchNeedle, _ term: Int, _ id: TaskID, _ store: borrowing ClusterStore) -> Bool {
        if let handle = id.oddHandle { return needle.isIn(store.ids.text(handle)) }
        for pattern in idPatterns[term] where IDPattern.matches(id, pattern) { return true }
        return false
    }

    @inline(__always)
    private mutating func verdict(_ term: Int, _ field: Int, _ handle: UInt32, _ find: () -> Bool) -> Bool {
        verdicts[term * 4 + field].verdict(handle, find)
    }
}
