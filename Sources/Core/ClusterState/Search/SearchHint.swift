/// What a store of tasks can use of a search to read fewer of them. It holds for every task that the search holds for,
/// and for others too: whoever uses it looks again with `SearchExpression.matches(_:at:)`.
package indirect enum SearchHint: Sendable, Equatable {
    /// Every task may match.
    case any
    /// The casefolded text is part of args, kwargs or result.
    case text(String)
    /// The casefolded text is part of the exception or the traceback.
    case error(String)
    /// The casefolded text is part of the task's name, its worker, its state (one of them).
    case name(String), worker(String), state(String)
    /// The casefolded text is part of the id, or its beginning.
    case id(String), idPrefix(String)
    case and([SearchHint])
    case or([SearchHint])
}

extension SearchExpression {
    package var hint: SearchHint { SearchHint(root) }

    /// The times between which every match must have changed its state, from `since:` and `until:` terms that must all
    /// hold.
    package func timeBounds(at now: Double) -> ClosedRange<Double>? {
        let terms: [SearchNode] =
            switch root {
            case .and(let nodes): nodes
            default: [root]
            }
        var lower = -Double.infinity
        var upper = Double.infinity
        for case .term(.range(let range)) in terms where range.quantity == .since || range.quantity == .until {
            lower = max(lower, range.lower.value(at: now))
            upper = min(upper, range.upper.value(at: now))
        }
        return lower <= upper ? lower...upper : nil
    }
}

extension SearchHint {
    fileprivate init(_ node: SearchNode) {
        switch node {
        case .all, .not: self = .any
        case .term(let term): self.init(term)
        case .and(let nodes):
            let parts = nodes.map { SearchHint($0) }.filter { $0 != .any }
            self = parts.isEmpty ? .any : parts.count == 1 ? parts[0] : .and(parts)
        case .or(let nodes):
            let parts = nodes.map { SearchHint($0) }
            self = parts.contains(.any) ? .any : .or(parts)
        }
    }

    private init(_ term: SearchTerm) {
        switch term {
        case .contains(let needle, let field):
            let text = String(decoding: needle.bytes, as: UTF8.self)
            switch field {
            case nil:
                self = .or([.text(text), .name(text), .worker(text), .state(text), .id(text)])
            case .args, .kwargs, .result: self = .text(text)
            case .error: self = .error(text)
            case .name: self = .name(text)
            case .worker: self = .worker(text)
            case .state: self = .state(text)
            case .queue: self = .any
            }
        case .state(let name): self = .state(name)
        case .id(let prefix): self = .idPrefix(prefix.folded)
        case .keyword, .range: self = .any
        }
    }
}
