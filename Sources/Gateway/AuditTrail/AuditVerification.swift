import Foundation
import GRDB

/// What came of looking at every entry of a record.
package struct AuditVerification: Sendable, Equatable {
    /// Entries that are as they were written, from the first one on.
    package var entries: Int64
    /// The first entry that remains.
    package var first: Int64
    /// The last entry that was looked at.
    package var head: AuditHead
    /// What is wrong; nil: the record is whole.
    package var problem: String?

    /// Looks at every entry, in order, until one is not as it was written.
    ///
    /// - Parameter known: a head that was noted before; the record must still contain it.
    static func run(_ db: Database, known: [AuditHead] = []) throws -> AuditVerification {
        let (removed, anchor) = try AuditDatabase.beginning(db)
        var (number, hash) = (removed, anchor)
        // Nothing vouches for the beginning until an entry is found that says what was removed.
        var isVouchedFor = removed == 0
        if removed == 0 {
            let chain = try String.fetchOne(db, sql: "SELECT id FROM chain") ?? ""
            isVouchedFor = AuditChain.origin(of: chain) == anchor
        }
        var missing = known.filter { $0.number > removed }
        var problem: String?
        let rows = try Row.fetchCursor(db, sql: "SELECT * FROM entries ORDER BY number")
        while problem == nil, let row = try rows.next() {
            let found: Int64 = row["number"]
            guard found == number + 1 else {
                problem = "entry \(number + 1) is missing: the next one is \(found)"
                break
            }
            guard let entry = AuditDatabase.entry(row),
                AuditChain.hash(entry.event, number: found, after: hash) == entry.hash
            else {
                problem = "entry \(found) is not as it was written, or does not follow the one before it"
                break
            }
            (number, hash) = (found, entry.hash)
            let event = entry.event
            if !isVouchedFor, event.kind == .record, event.action == AuditRetention.action,
                event.detail == AuditRetention.detail(through: removed, hash: anchor)
            {
                isVouchedFor = true
            }
            missing.removeAll { $0.number == found && $0.hash == entry.hashText }
        }
        if problem == nil, !isVouchedFor {
            problem =
                "the record begins with entry \(removed + 1), and no entry tells that those before were removed by retention"
        }
        if problem == nil, let lost = missing.first {
            problem =
                lost.number > number
                ? "the record ends with entry \(number), but entry \(lost.number) was there before: the end was cut off"
                : "entry \(lost.number) is another one than before: the record was written anew"
        }
        return AuditVerification(
            entries: number - removed, first: removed + 1,
            head: AuditHead(number: number, hash: AuditChain.hex(hash)), problem: problem)
    }
}
