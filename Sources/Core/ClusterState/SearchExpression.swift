/// A parsed search: Flower's language (reference: its search help).
package struct SearchExpression: Sendable {
    /// Parses `text`.
    package init(_ text: String) throws(SearchError) {}
}

/// Why a search text is refused, in Flower's words, e.g. `Unterminated quoted phrase at position 4.`
package struct SearchError: Error, Sendable, Equatable {
    package let message: String

    package init(_ message: String) { self.message = message }
}
