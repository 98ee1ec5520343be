internal import GRDB
import Synchronization

/// Names that occur again and again (tasks, workers, queues, custom states), each stored once under a number.
///
/// Numbers that were given in a transaction that failed are forgotten with `forget()`.
final class Words: Sendable {
    private struct Known {
        var ids: [String: Int64] = [:]
        var texts: [Int64: String] = [:]
    }

    private let known = Mutex(Known())
    /// Beyond it everything is read again.
    private static let limit = 50_000

    func forget() { known.withLock { $0 = Known() } }

    /// The number of a name, a new one if need be; nil for nil.
    func id(of text: String?, _ db: Database) throws -> Int64? {
        guard let text else { return nil }
        if let id = known.withLock({ $0.ids[text] }) { return id }
        let found = try Int64.fetchOne(
            try db.cachedStatement(sql: "SELECT id FROM word WHERE text = ?"), arguments: [text])
        let id: Int64
        if let found {
            id = found
        } else {
            try db.cachedStatement(sql: "INSERT INTO word (text) VALUES (?)").execute(arguments: [text])
            id = db.lastInsertedRowID
        }
        remember(id, text)
        return id
    }

    func text(of id: Int64?, _ db: Database) throws -> String? {
        guard let id else { return nil }
        if let text = known.withLock({ $0.texts[id] }) { return text }
        let text = try String.fetchOne(
            try db.cachedStatement(sql: "SELECT text FROM word WHERE id = ?"), arguments: [id])
        if let text { known.withLock { $0.texts[id] = text } }
        return text
    }

    /// The numbers of all names for which `matches` is true.
    func ids(_ db: Database, where matches: (String) -> Bool) throws -> [Int64] {
        var ids: [Int64] = []
        let rows = try Row.fetchCursor(db, sql: "SELECT id, text FROM word")
        while let row = try rows.next() {
            if matches(row[1]) { ids.append(row[0]) }
        }
        return ids
    }

    private func remember(_ id: Int64, _ text: String) {
        known.withLock {
            if $0.ids.count >= Words.limit { $0 = Known() }
            $0.ids[text] = id
            $0.texts[id] = text
        }
    }
}
