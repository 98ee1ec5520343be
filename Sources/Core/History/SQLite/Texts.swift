internal import GRDB
import Synchronization

/// Long texts that many tasks share (tracebacks, exceptions of attempts), each distinct one stored once.
final class Texts: Sendable {
    private struct Known {
        var ids: [String: (id: Int64, used: Double)] = [:]
        var bytes = 0
    }

    private let known = Mutex(Known())
    private static let limit = 4 << 20
    /// How far behind the note of a text's last use may be, in seconds; less than any retention.
    private static let precision = 50.0

    func forget() { known.withLock { $0 = Known() } }

    /// The number of a text, a new one if need be; nil for nil. It is kept for as long as a task of `usedAt` is.
    func id(of text: String?, usedAt: Double, _ db: Database) throws -> Int64? {
        guard let text else { return nil }
        if let entry = known.withLock({ $0.ids[text] }) {
            if usedAt > entry.used + Texts.precision { try use(entry.id, text, at: usedAt, db) }
            return entry.id
        }
        let hash = Int64(bitPattern: StableHash.hash(text))
        let found = try Row.fetchOne(
            try db.cachedStatement(sql: "SELECT id, used FROM text WHERE hash = ? AND body = ?"),
            arguments: [hash, text])
        if let found {
            let id: Int64 = found[0]
            if usedAt > found[1] as Double { try use(id, text, at: usedAt, db) } else { remember(id, text, found[1]) }
            return id
        }
        try db.cachedStatement(sql: "INSERT INTO text (hash, body, used) VALUES (?, ?, ?)")
            .execute(arguments: [hash, text, usedAt + Texts.precision])
        let id = db.lastInsertedRowID
        remember(id, text, usedAt)
        return id
    }

    func text(of id: Int64?, _ db: Database) throws -> String? {
        guard let id else { return nil }
        return try String.fetchOne(
            try db.cachedStatement(sql: "SELECT body FROM text WHERE id = ?"), arguments: [id])
    }

    /// The numbers of all texts for which `matches` is true.
    func ids(_ db: Database, where matches: (String) -> Bool) throws -> [Int64] {
        var ids: [Int64] = []
        let rows = try Row.fetchCursor(db, sql: "SELECT id, body FROM text")
        while let row = try rows.next() {
            if matches(row[1]) { ids.append(row[0]) }
        }
        return ids
    }

    private func use(_ id: Int64, _ text: String, at time: Double, _ db: Database) throws {
        try db.cachedStatement(sql: "UPDATE text SET used = max(used, ?) WHERE id = ?")
            .execute(arguments: [time + Texts.precision, id])
        remember(id, text, time)
    }

    private func remember(_ id: Int64, _ text: String, _ used: Double) {
        known.withLock {
            if $0.bytes + text.utf8.count > Texts.limit { $0 = Known() }
            if $0.ids.updateValue((id, used), forKey: text) == nil { $0.bytes += text.utf8.count }
        }
    }
}
