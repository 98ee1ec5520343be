/// A parsed search: Flower's language, and some more. docs/search.md is its manual.
///
/// Terms beside each other (or joined by `AND`) must all match, `OR` binds weaker, parentheses group, `-` or `NOT` turns
/// a term or a group round. A term is a casefolded substring of id, name, state, worker, args, kwargs or result;
/// qualifiers look in one place only.
package struct SearchExpression: Sendable {
    let root: SearchNode

    /// Everything matches.
    package var isEmpty: Bool { if case .all = root { true } else { false } }

    /// Parses `text`.
    package init(_ text: String) throws(SearchError) {
        let query = SearchText.trimmed(Array(text.unicodeScalars))
        guard query.count <= SearchLimits.characters else {
            throw SearchError("Query exceeds \(SearchLimits.characters) characters.")
        }
        var parser = SearchParser(tokens: try SearchTokens.read(query))
        root = try parser.parse()
    }
}

/// Why a search text is refused, in Flower's words, e.g. `Unterminated quoted phrase at position 4.`
package struct SearchError: Error, Sendable, Equatable {
    package let message: String

    package init(_ message: String) { self.message = message }

    /// Positions count characters of the trimmed query from 0.
    init(_ problem: String, at position: Int) { message = "\(problem) at position \(position)." }
}

enum SearchLimits {
    static let characters = 2048
    static let tokens = 128
    static let depth = 5
    static let shortestSubstring = 3
}

/// What a substring is looked for in.
enum SearchField: String, Sendable {
    case name, state, worker, args, kwargs, result
    /// The queue that task-sent told.
    case queue
    /// Exception and traceback.
    case error
}

indirect enum SearchNode: Sendable {
    case all
    case term(SearchTerm)
    case not(SearchNode)
    case and([SearchNode])
    case or([SearchNode])
}

/// One condition.
enum SearchTerm: Sendable {
    /// A casefolded substring of one field, or of all that Flower looks in.
    case contains(SearchNeedle, in: SearchField?)
    /// The whole state, casefolded.
    case state(String)
    /// One keyword argument, casefolded, as `key=value`.
    case keyword(KeywordNeedle)
    /// The id begins so.
    case id(IDPrefix)
    case range(SearchRange)
}

enum SearchText {
    /// Python's idea of white space.
    static func isSpace(_ scalar: Unicode.Scalar) -> Bool {
        scalar.properties.isWhitespace || (0x1C...0x1F).contains(scalar.value)
    }

    static func trimmed(_ scalars: [Unicode.Scalar]) -> [Unicode.Scalar] {
        guard let first = scalars.firstIndex(where: { !isSpace($0) }),
            let last = scalars.lastIndex(where: { !isSpace($0) })
        else { return [] }
        return Array(scalars[first...last])
    }

    static func string(_ scalars: some Sequence<Unicode.Scalar>) -> String {
        var view = String.UnicodeScalarView()
        view.append(contentsOf: scalars)
        return String(view)
    }
}
