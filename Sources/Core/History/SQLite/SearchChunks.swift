internal import GRDB

/// The index over texts, in parts of 262,144 rows each. A part goes as a whole once its rows are gone, so that deleting
/// tasks costs the index nothing; a part that is complete is merged once and never written again, but for tasks that
/// change late.
///
/// FTS5 keeps no texts (`content=''`), no positions and no sizes. A document is a row's number × 16 + how often the row
/// changed after it was indexed: FTS5 could only take back what it is told in full.
enum SearchChunks {
    static let shift: Int64 = 18
    static let versionShift: Int64 = 4
    static let lastVersion: Int64 = 15

    struct Chunk {
        var number: Int64
        /// No task in it changed its state later.
        var newest: Double

        var table: String { SearchChunks.table(number) }
    }

    static func number(of id: Int64) -> Int64 { id >> shift }
    static func table(_ number: Int64) -> String { "search_\(number)" }

    /// All parts, the one with the newest tasks first.
    static func all(_ db: Database) throws -> [Chunk] {
        try Row.fetchAll(
            try db.cachedStatement(sql: "SELECT number, newest FROM chunk ORDER BY newest DESC, number DESC")
        ).map { Chunk(number: $0[0], newest: $0[1]) }
    }

    static func create(_ number: Int64, _ db: Database) throws {
        let table = table(number)
        try db.execute(
            sql: """
                CREATE VIRTUAL TABLE \(table) USING fts5(
                    text, content='', columnsize=0, detail=none, tokenize='trigram case_sensitive 1');
                INSERT INTO \(table) (\(table), rank) VALUES ('automerge', 8);
                INSERT INTO \(table) (\(table), rank) VALUES ('hashsize', 8000000);
                INSERT INTO chunk (number, newest, is_whole, is_merged) VALUES (\(number), 0, 0, 0);
                UPDATE chunk SET is_whole = 1 WHERE number < \(number);
                """)
    }

    static func drop(_ number: Int64, _ db: Database) throws {
        try db.execute(sql: "DROP TABLE IF EXISTS \(table(number)); DELETE FROM chunk WHERE number = \(number)")
    }

    /// A task that is in the index has changed.
    static func noteLate(_ id: Int64, timestamp: Double, _ db: Database) throws {
        try db.cachedStatement(
            sql: """
                INSERT INTO late (id, version, waits) VALUES (?, 1, 1)
                ON CONFLICT (id) DO UPDATE SET waits = max(waits, 1)
                """
        ).execute(arguments: [id])
        try db.cachedStatement(sql: "UPDATE chunk SET newest = ?1 WHERE number = ?2 AND newest < ?1")
            .execute(arguments: [timestamp, number(of: id)])
    }

    /// Takes a task out of the index. What it held before it changed late stays as loose trigrams until its part goes.
    static func forget(_ id: Int64, text: String, _ db: Database) throws {
        guard !text.isEmpty, try id <= Meta.value(.indexed, db) else { return }
        let late = try Row.fetchOne(db, sql: "SELECT version, waits FROM late WHERE id = ?", arguments: [id])
        if let late, (late[1] as Int64) > 0 { return }
        let version = late.map { ($0[0] as Int64) - 1 } ?? 0
        let table = table(number(of: id))
        try db.execute(
            sql: "INSERT INTO \(table) (\(table), rowid, text) VALUES ('delete', ?, ?)",
            arguments: [id << versionShift | version, text])
    }

    /// Switches the index on, which has everything stored indexed again, or off, which removes it.
    static func setIndexed(_ isIndexed: Bool, _ db: Database) throws {
        guard try (Meta.value(.search, db) == 1) != isIndexed else { return }
        for chunk in try all(db) { try drop(chunk.number, db) }
        try db.execute(sql: "DELETE FROM late")
        let first = try Int64.fetchOne(db, sql: "SELECT min(id) FROM task") ?? 1
        try Meta.set(.indexed, to: isIndexed ? first - 1 : 0, db)
        try Meta.set(.search, to: isIndexed ? 1 : 0, db)
    }
}
