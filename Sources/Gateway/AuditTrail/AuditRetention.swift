import Foundation
import GRDB

/// How long entries are kept, and how many.
package struct AuditRetention: Sendable, Equatable {
    /// Seconds.
    package var age: Double
    package var entries: Int

    package init(age: Double = 365 * 86400, entries: Int = 1_000_000) {
        self.age = age
        self.entries = entries
    }

    /// Removes what is too old or too much, at most `batch` entries. The removal is an entry itself, made before, with the
    /// number and hash of the last entry that went: so the rest still proves that it is whole.
    ///
    /// - Returns: how many entries went.
    func apply(_ db: Database, now: Double, batch: Int = 50_000) throws -> Int {
        let (removed, _) = try AuditDatabase.beginning(db)
        let last = try AuditDatabase.end(db).number
        let cutoff = Int64(((now - age) * 1000).rounded())
        // The first that is young enough: a clock that jumped must not take younger ones along.
        let young = try Int64.fetchOne(
            db, sql: "SELECT number FROM entries WHERE time >= ? ORDER BY number LIMIT 1", arguments: [cutoff])
        let byAge = (young ?? last + 1) - 1
        let through = min(max(byAge, last - Int64(entries)), removed + Int64(batch))
        guard through > removed, let hash = try AuditDatabase.hash(of: through, db) else { return 0 }
        var event = AuditEvent(.record, time: now)
        event.action = Self.action
        event.reason = "entries up to number \(through) were removed: older than retention allows, or too many"
        event.detail = Self.detail(through: through, hash: hash)
        _ = try AuditDatabase.append([event], db)
        try db.execute(sql: "DELETE FROM entries WHERE number <= ?", arguments: [through])
        try db.execute(sql: "UPDATE chain SET removed = ?, removed_hash = ?", arguments: [through, Data(hash)])
        return Int(through - removed)
    }

    static let action = "record.shorten"

    static func detail(through number: Int64, hash: [UInt8]) -> String {
        "{\"through\":\(number),\"hash\":\"\(AuditChain.hex(hash))\"}"
    }
}
