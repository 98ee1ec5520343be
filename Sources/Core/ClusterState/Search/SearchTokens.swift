/// A word, a parenthesis or an operator of a search, and where it begins.
struct SearchToken {
    enum Kind {
        case term, and, or, not, open, close, end
    }

    var kind: Kind
    var text: [Unicode.Scalar]
    var position: Int
    /// Where in `text` the first quoted part begins.
    var quotedFrom: Int?
}

/// Cuts a search into tokens.
enum SearchTokens {
    static func read(_ query: [Unicode.Scalar]) throws(SearchError) -> [SearchToken] {
        var tokens: [SearchToken] = []
        var index = 0
        func append(
            _ kind: SearchToken.Kind, _ text: [Unicode.Scalar], _ position: Int, quotedFrom: Int? = nil
        ) throws(SearchError) {
            tokens.append(SearchToken(kind: kind, text: text, position: position, quotedFrom: quotedFrom))
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
                try append(kind(of: word), word.text, position, quotedFrom: word.quotedFrom)
            }
        }
        tokens.append(SearchToken(kind: .end, text: [], position: query.count))
        return tokens
    }

    /// A run without spaces and parentheses; quotes inside it protect both, and a backslash protects a quote.
    private static func word(
        _ query: [Unicode.Scalar], _ index: inout Int
    ) throws(SearchError) -> (text: [Unicode.Scalar], quotedFrom: Int?) {
        let position = index
        var text: [Unicode.Scalar] = []
        var quotedFrom: Int?
        var isInQuote = false
        while index < query.count {
            let scalar = query[index]
            if scalar == "\\", index + 1 < query.count, query[index + 1] == "\"" || query[index + 1] == "\\" {
                text.append(query[index + 1])
                index += 2
            } else if scalar == "\"" {
                if quotedFrom == nil { quotedFrom = text.count }
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
        return (text, quotedFrom)
    }

    private static func kind(of word: (text: [Unicode.Scalar], quotedFrom: Int?)) -> SearchToken.Kind {
        guard word.quotedFrom == nil else { return .term }
        return switch SearchText.string(word.text) {
        case "AND": .and
        case "OR": .or
        case "NOT", "-": .not
        default: .term
        }
    }
}
