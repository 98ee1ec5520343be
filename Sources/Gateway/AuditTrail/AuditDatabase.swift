import Foundation
import GRDB
import PrivateDatabase

/// The statements on one open record. Every call blocks.
enum AuditDatabase {
    static let kind = PrivateDatabaseFile.Kind(
        // "CLXA"
        name: "audit record", applicationID: 0x434C_5841, schemaVersion: 1,
        consequenceOfLoss: "a new record begins"
    ) { db, _ in
        try db.execute(
            sql: """
                CREATE TABLE entries (
                    number INTEGER PRIMARY KEY NOT NULL,
                    time INTEGER NOT NULL,
                    kind TEXT NOT NULL, result TEXT NOT NULL,
                    provider TEXT NOT NULL, subject TEXT NOT NULL, name TEXT NOT NULL, role TEXT NOT NULL,
                    credential TEXT NOT NULL, client TEXT NOT NULL, request_id TEXT NOT NULL,
                    action TEXT NOT NULL, reason TEXT NOT NULL, detail TEXT NOT NULL,
                    hash BLOB NOT NULL
                ) STRICT;
                CREATE INDEX entries_by_time ON entries (time);
                CREATE INDEX entries_by_kind ON entries (kind, number);
                CREATE INDEX entries_by_name ON entries (name, number);
                CREATE TABLE chain (
                    id TEXT NOT NULL,
                    -- The last entry that retention removed, and its hash.
                    removed INTEGER NOT NULL, removed_hash BLOB NOT NULL
                ) STRICT;
                """)
        let id = UUID().uuidString.lowercased()
        try db.execute(
            sql: "INSERT INTO chain VALUES (?, 0, ?)", arguments: [id, Data(AuditChain.origin(of: id))])
    }

    /// The number and hash that the next entry follows.
    static func end(_ db: Database) throws -> (number: Int64, hash: [UInt8]) {
        if let row = try Row.fetchOne(db, sql: "SELECT number, hash FROM entries ORDER BY number DESC LIMIT 1") {
            return (row["number"], [UInt8](row["hash"] as Data))
        }
        return try beginning(db)
    }

    /// The number and hash that the first remaining entry follows.
    static func beginning(_ db: Database) throws -> (number: Int64, hash: [UInt8]) {
        guard let row = try Row.fetchOne(db, sql: "SELECT removed, removed_hash FROM chain") else {
            throw DatabaseError(resultCode: .SQLITE_CORRUPT)
        }
        return (row["removed"], [UInt8](row["removed_hash"] as Data))
    }

    static func hash(of number: Int64, _ db: Database) throws -> [UInt8]? {
        let beginning = try beginning(db)
        if number == beginning.number { return beginning.hash }
        return try Data.fetchOne(db, sql: "SELECT hash FROM entries WHERE number = ?", arguments: [number])
            .map { [UInt8]($0) }
    }

    /// Appends to the end of the chain, whoever wrote it. Returns the new end.
    static func append(_ events: [AuditEvent], _ db: Database) throws -> (number: Int64, hash: [UInt8]) {
        var end = try end(db)
        let statement = try db.cachedStatement(
            sql: "INSERT INTO entries VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)")
        for event in events {
            let event = event.bounded()
            end = (end.number + 1, AuditChain.hash(event, number: end.number + 1, after: end.hash))
            var arguments: [any DatabaseValueConvertible] = [end.number, event.milliseconds]
            arguments += event.texts.map { $0 as any DatabaseValueConvertible }
            arguments.append(Data(end.hash))
            try statement.execute(arguments: StatementArguments(arguments))
        }
        return end
    }

    static func entry(_ row: Row) -> AuditEntry? {
        guard let kind = AuditEvent.Kind(rawValue: row["kind"]), let result = AuditEvent.Result(rawValue: row["result"])
        else { return nil }
        var event = AuditEvent(kind, result, time: Double(row["time"] as Int64) / 1000)
        event.provider = row["provider"]
        event.subject = row["subject"]
        event.name = row["name"]
        event.role = row["role"]
        event.credential = row["credential"]
        event.client = row["client"]
        event.requestID = row["request_id"]
        event.action = row["action"]
        event.reason = row["reason"]
        event.detail = row["detail"]
        return AuditEntry(number: row["number"], event: event, hash: [UInt8](row["hash"] as Data))
    }
}
