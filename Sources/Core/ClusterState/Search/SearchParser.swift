/// Recursive descent over the tokens of a search.
struct SearchParser {
    let tokens: [SearchToken]
    private var index = 0

    init(tokens: [SearchToken]) { self.tokens = tokens }

    private var current: SearchToken { tokens[index] }

    mutating func parse() throws(SearchError) -> SearchNode {
        if current.kind == .end { return .all }
        let node = try alternatives(depth: 0)
        guard current.kind == .end else {
            throw SearchError("Unexpected '\(SearchText.string(current.text))'", at: current.position)
        }
        return node
    }

    private mutating func alternatives(depth: Int) throws(SearchError) -> SearchNode {
        var nodes = [try conjunction(depth: depth)]
        while current.kind == .or {
            try requireTerm(after: "OR")
            nodes.append(try conjunction(depth: depth))
        }
        return nodes.count == 1 ? nodes[0] : .or(nodes)
    }

    private mutating func conjunction(depth: Int) throws(SearchError) -> SearchNode {
        var nodes = [try primary(depth: depth)]
        while current.kind == .and || current.kind == .term || current.kind == .open {
            if current.kind == .and { try requireTerm(after: "AND") }
            nodes.append(try primary(depth: depth))
        }
        return nodes.count == 1 ? nodes[0] : .and(nodes)
    }

    /// Steps over an operator, which something must follow.
    private mutating func requireTerm(after name: String) throws(SearchError) {
        let position = current.position
        index += 1
        guard current.kind == .term || current.kind == .open else {
            throw SearchError("\(name) must be followed by a search term", at: position)
        }
    }

    private mutating func primary(depth: Int) throws(SearchError) -> SearchNode {
        let token = current
        switch token.kind {
        case .open:
            guard depth < SearchLimits.depth else {
                throw SearchError("Query nesting exceeds \(SearchLimits.depth) levels", at: token.position)
            }
            index += 1
            if current.kind == .close { throw SearchError("Empty group", at: token.position) }
            let node = try alternatives(depth: depth + 1)
            guard current.kind == .close else {
                throw SearchError("Missing closing parenthesis", at: token.position)
            }
            index += 1
            return node
        case .term:
            index += 1
            return try SearchParser.term(token)
        default:
            throw SearchError("Expected a search term", at: token.position)
        }
    }

    private static func term(_ token: SearchToken) throws(SearchError) -> SearchNode {
        var field: SearchField?
        var value = token.text[...]
        if let colon = value.firstIndex(of: ":"),
            let named = SearchField(rawValue: CaseFolding.fold(SearchText.string(value[..<colon])))
        {
            field = named
            value = value[value.index(after: colon)...]
        }
        if field == nil, value.first == "-" {
            throw SearchError("Negation with '-' is not supported", at: token.position)
        }
        guard !value.isEmpty else { throw SearchError("Search qualifier requires a value", at: token.position) }
        let text = SearchText.string(value)
        if field == .state { return .state(CaseFolding.fold(text)) }
        if field == .kwargs, let needle = KeywordNeedle(text) { return .keyword(needle) }
        guard SearchText.trimmed(Array(value)).count >= SearchLimits.shortestSubstring else {
            throw SearchError(
                "Substring search terms must contain at least \(SearchLimits.shortestSubstring) characters",
                at: token.position)
        }
        return .contains(SearchNeedle(text), in: field)
    }
}
