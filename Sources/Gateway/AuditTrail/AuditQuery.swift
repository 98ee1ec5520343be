import Foundation
import GRDB

/// Which entries are wanted.
package struct AuditQuery: Sendable, Equatable {
    package var kinds: [AuditEvent.Kind] = []
    package var result: AuditEvent.Result?
    /// The exact name of a person or token.
    package var name: String?
    /// Anywhere in an entry, upper and lower case alike in ASCII.
    package var text: String?
    /// Unix seconds, inclusive and exclusive.
    package var since: Double?
    package var until: Double?
    /// Only entries with a smaller number, newest first; or with a greater one, oldest first.
    package var before: Int64?
    package var after: Int64?
    package var limit = 100

    package init() {}

    func run(_ db: Database) throws -> [AuditEntry] {
        var conditions: [String] = []
        var arguments: [any DatabaseValueConvertible] = []
        func require(_ condition: String, _ values: (any DatabaseValueConvertible)...) {
            conditions.append(condition)
            arguments += values
        }
        if !kinds.isEmpty {
            conditions.append("kind IN (\(kinds.map { _ in "?" }.joined(separator: ", ")))")
            arguments += kinds.map { $0.rawValue as any DatabaseValueConvertible }
        }
        if let result { require("result = ?", result.rawValue) }
        if let name { require("name = ?", name) }
        if let text, !text.isEmpty {
            require(
                """
                instr(lower(name || ' ' || subject || ' ' || action || ' ' || client || ' ' || credential || ' ' || reason \
                || ' ' || request_id || ' ' || detail), lower(?)) > 0
                """, text)
        }
        if let since { require("time >= ?", Int64((since * 1000).rounded())) }
        if let until { require("time < ?", Int64((until * 1000).rounded())) }
        if let before { require("number < ?", before) }
        if let after { require("number > ?", after) }
        let filter = conditions.isEmpty ? "" : "WHERE " + conditions.joined(separator: " AND ")
        let order = after == nil ? "DESC" : "ASC"
        arguments.append(limit)
        let rows = try Row.fetchCursor(
            db, sql: "SELECT * FROM entries \(filter) ORDER BY number \(order) LIMIT ?",
            arguments: StatementArguments(arguments))
        var entries: [AuditEntry] = []
        while let row = try rows.next() {
            if let entry = AuditDatabase.entry(row) { entries.append(entry) }
        }
        return entries
    }
}
