/// Why PostgreSQL did not answer a query: one sentence without secrets.
package struct PostgresError: Error, Sendable, Equatable, CustomStringConvertible {
    package enum Kind: Sendable, Equatable {
        /// No connection, or it ended; the query may or may not have been carried out.
        case unavailable
        /// No answer within the deadline.
        case noAnswer
        /// The server refused the query; its SQLSTATE, for example `42P01` for a table that does not exist.
        case refused(state: String)
        /// Too many queries are waiting.
        case overloaded
    }

    package let kind: Kind
    package let message: String
    package var description: String { message }

    package init(_ kind: Kind, _ message: String) {
        self.kind = kind
        self.message = message
    }
}
