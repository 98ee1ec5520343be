/// A word, a parenthesis or an operator of a search, and where it begins.
struct SearchToken {
    enum Kind {
        case term, and, or, open, close, end
    }

    var kind: Kind
    var text: [Unicode.Scalar]
    var position: Int
}

/// Cuts a search into tokens.
enum SearchTokens {
    static func read(_ query: [Unicode.Scalar]) throws(SearchError) -> [SearchToken] {
        var tokens: [SearchToken] = []
        var index = 0
        func append(_ kind: SearchToken.Kind, _ text: [Unicode.Scalar], _ position: Int) throws(SearchError) {
            tokens.append(SearchToken(kind: kind, text: text, position: position))
            guard tokens.count <= SearchLimits.tokens else {
                throw SearchError("Query exceeds \(SearchLimits.tokens) tokens.")
            }
        }
        while index < query.count {
            let scalar = query[index]
            if SearchText.isSpace(scalar) {
                index += 1
            } else if scalar == "(" || scalar == ")" {
                try append(scalar == "(" ? .open : .close, [scalar], index)
                index += 1
            } else {
                let position = index
                let word = try word(query, &index)
                guard !word.text.isEmpty else { throw SearchError("Empty search term", at: position) }
                try append(try kind(of: word, at: position), word.text, position)
            }
        }
        tokens.append(SearchToken(kind: .end, text: [], position: query.count))
        return tokens
    }

    /// A run without spaces and parentheses; quotes inside it protect both, and a backslash protects a quote.
    private static func word(
        _ query: [Unicode.Scalar], _ index: inout Int
    ) throws(SearchError) -> (text: [Unicode.Scalar], isQuoted: Bool) {
        let position = index
        var text: [Unicode.Scalar] = []
        var isQuoted = false
        var isInQuote = false
        while index < query.count {
            let scalar = query[index]
            if scalar == "\\", index + 1 < query.count, query[index + 1] == "\"" || query[index + 1] == "\\" {
                text.append(query[index + 1])
                index += 2
            } else if scalar == "\"" {
                isQuoted = true
                isInQuote.toggle()
                index += 1
            } else if !isInQuote, SearchText.isSpace(scalar) || scalar == "(" || scalar == ")" {
                break
            } else {
                text.append(scalar)
                index += 1
            }
        }
        if isInQuote { throw SearchError("Unterminated quoted phrase", at: position) }
        return (text, isQuoted)
    }

    private static func kind(
        of word: (text: [Unicode.Scalar], isQuoted: Bool), at position: Int
    ) throws(SearchError) -> SearchToken.Kind {
        guard !word.isQuoted else { return .term }
        switch SearchText.string(word.text) {
        case "AND": return .and
        case "OR": return .or
        case "NOT": throw SearchError("NOT is not supported", at: position)
        default: return .term
        }
    }
}
