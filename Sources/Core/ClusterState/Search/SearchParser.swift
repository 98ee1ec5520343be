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
        while current.kind == .and || startsTerm(current) {
            if current.kind == .and { try requireTerm(after: "AND") }
            nodes.append(try primary(depth: depth))
        }
        return nodes.count == 1 ? nodes[0] : .and(nodes)
    }

    /// Steps over an operator, which something must follow.
    private mutating func requireTerm(after name: String) throws(SearchError) {
        let position = current.position
        index += 1
        guard startsTerm(current) else {
            throw SearchError("\(name) must be followed by a search term", at: position)
        }
    }

    private func startsTerm(_ token: SearchToken) -> Bool {
        token.kind == .term || token.kind == .open || token.kind == .not
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
        case .not:
            try requireTerm(after: token.text == ["-"] ? "Negation" : "NOT")
            return .not(try primary(depth: depth))
        case .term:
            index += 1
            guard token.quotedFrom != 0, token.text.first == "-" else { return .term(try SearchParser.term(token)) }
            var rest = token
            rest.text.removeFirst()
            rest.quotedFrom = token.quotedFrom.map { $0 - 1 }
            return .not(.term(try SearchParser.term(rest)))
        default:
            throw SearchError("Expected a search term", at: token.position)
        }
    }

    private static func term(_ token: SearchToken) throws(SearchError) -> SearchTerm {
        guard let colon = token.text.firstIndex(of: ":") else { return try contains(token.text, in: nil, token) }
        let name = CaseFolding.fold(SearchText.string(token.text[..<colon]))
        let value = Array(token.text[(colon + 1)...])
        // Flower's qualifiers mean the same in quotes; of ours a user may be looking for the words.
        let isQuoted = token.quotedFrom.map { $0 <= colon } ?? false
        guard let qualifier = Qualifier(name, isQuoted: isQuoted) else {
            return try contains(token.text, in: nil, token)
        }
        guard !value.isEmpty else { throw SearchError("Search qualifier requires a value", at: token.position) }
        let text = SearchText.string(value)
        switch qualifier {
        case .field(.state): return .state(CaseFolding.fold(text))
        case .field(let field):
            if field == .kwargs, let needle = KeywordNeedle(text) { return .keyword(needle) }
            return try contains(value, in: field, token)
        case .id: return .id(IDPrefix(text))
        case .range(let quantity):
            guard let range = SearchRange(quantity, text) else {
                throw SearchError("\(name): \(SearchRange.help(quantity))", at: token.position)
            }
            return .range(range)
        }
    }

    private static func contains(
        _ value: [Unicode.Scalar], in field: SearchField?, _ token: SearchToken
    ) throws(SearchError) -> SearchTerm {
        guard SearchText.trimmed(value).count >= SearchLimits.shortestSubstring else {
            throw SearchError(
                "Substring search terms must contain at least \(SearchLimits.shortestSubstring) characters",
                at: token.position)
        }
        return .contains(SearchNeedle(SearchText.string(value)), in: field)
    }
}

/// What stands before the colon of a term.
private enum Qualifier {
    case field(SearchField)
    case id
    case range(SearchRange.Quantity)

    /// nil when it is only a word with a colon behind it.
    init?(_ name: String, isQuoted: Bool) {
        switch SearchField(rawValue: name) {
        case .name?, .state?, .worker?, .args?, .kwargs?, .result?:
            guard let field = SearchField(rawValue: name) else { return nil }
            self = .field(field)
        case let field?:
            if isQuoted { return nil }
            self = .field(field)
        case nil:
            if isQuoted { return nil }
            if name == "id" {
                self = .id
            } else if name == "type" {
                self = .field(.name)
            } else if let quantity = SearchRange.Quantity(rawValue: name) {
                self = .range(quantity)
            } else {
                return nil
            }
        }
    }
}
