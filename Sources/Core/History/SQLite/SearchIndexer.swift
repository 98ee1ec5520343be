internal import ClusterState
internal import GRDB

/// Puts texts into the index in the background, many at a time: FTS5 is several times cheaper so than by the row. A task
/// is put in once it has ended or was quiet for a while; until then searches read it.
struct SearchIndexer {
    private static let slice = Duration.milliseconds(50)
    private static let rowsPerSlice = 4000
    private static let latePerSlice = 200
    /// A task that has not ended waits as long, in seconds, for its result.
    private static let patience = 5.0
    private static let mergePages = 300

    private var mergesAt = 0.0

    /// One slice; true when there is more to do at once.
    mutating func work(_ db: Database, _ words: Words, _ texts: Texts, at now: Double) throws -> Bool {
        let clock = ContinuousClock()
        let end = clock.now + SearchIndexer.slice
        let late = try indexLate(db, words, texts)
        let rows = try Row.fetchCursor(
            try db.cachedStatement(
                sql:
                    "SELECT \(TaskRecord.select) FROM task WHERE id > ? ORDER BY id LIMIT \(SearchIndexer.rowsPerSlice)"
            ),
            arguments: [try Meta.value(.indexed, db)])
        var count = 0
        var last: Int64?
        var newest: (chunk: Int64, time: Double)?
        while let row = try rows.next() {
            let id: Int64 = row[0]
            let state: Int64 = row[3]
            let timestamp: Double = row[6]
            let hasEnded = state == 3 || state == 4 || state == 6
            if !hasEnded, abs(now - timestamp) < SearchIndexer.patience { break }
            let chunk = SearchChunks.number(of: id)
            if newest?.chunk != chunk {
                try note(newest, db)
                if try !exists(chunk, db) { try SearchChunks.create(chunk, db) }
                newest = (chunk, timestamp)
            }
            newest = (chunk, max(newest?.time ?? timestamp, timestamp))
            try insert(id << SearchChunks.versionShift, SearchIndexer.text(row), chunk, db)
            last = id
            count += 1
            if count % 64 == 0, clock.now >= end { break }
        }
        try note(newest, db)
        if let last { try Meta.set(.indexed, to: last, db) }
        if count > 0 || late { return count >= 64 || late }
        return try merge(db)
    }

    /// `SearchText.text` without making a task of the row.
    private static func text(_ row: Row) -> String {
        var task = TaskSnapshot(uuid: "", state: .pending)
        task.args = row[25]
        task.kwargs = row[26]
        task.result = row[27]
        task.exception = row[28]
        return SearchText.text(of: task)
    }

    private func exists(_ chunk: Int64, _ db: Database) throws -> Bool {
        try Int.fetchOne(
            try db.cachedStatement(sql: "SELECT 1 FROM chunk WHERE number = ?"), arguments: [chunk]) != nil
    }

    private func note(_ newest: (chunk: Int64, time: Double)?, _ db: Database) throws {
        guard let newest else { return }
        try db.cachedStatement(sql: "UPDATE chunk SET newest = max(newest, ?), is_merged = 0 WHERE number = ?")
            .execute(arguments: [newest.time, newest.chunk])
    }

    private func insert(_ document: Int64, _ text: String, _ chunk: Int64, _ db: Database) throws {
        guard !text.isEmpty else { return }
        try db.cachedStatement(sql: "INSERT INTO \(SearchChunks.table(chunk)) (rowid, text) VALUES (?, ?)")
            .execute(arguments: [document, text])
    }

    private func indexLate(_ db: Database, _ words: Words, _ texts: Texts) throws -> Bool {
        let waiting = try Row.fetchAll(
            try db.cachedStatement(
                sql: "SELECT id, version FROM late WHERE waits = 1 ORDER BY id LIMIT \(SearchIndexer.latePerSlice)"))
        for entry in waiting {
            let id: Int64 = entry[0]
            let version: Int64 = entry[1]
            let isLast = version > SearchChunks.lastVersion
            // One that changes without end is read by every search instead.
            try db.cachedStatement(sql: "UPDATE late SET waits = ?, version = version + 1 WHERE id = ?")
                .execute(arguments: [isLast ? 2 : 0, id])
            guard !isLast,
                let row = try Row.fetchOne(
                    try db.cachedStatement(sql: "SELECT \(TaskRecord.select) FROM task WHERE id = ?"), arguments: [id])
            else { continue }
            let chunk = SearchChunks.number(of: id)
            guard try exists(chunk, db) else { continue }
            try insert(id << SearchChunks.versionShift | version, SearchIndexer.text(row), chunk, db)
        }
        return waiting.count == SearchIndexer.latePerSlice
    }

    /// Merges a complete part step by step: first everything is put on one level, then that is worked off.
    private func merge(_ db: Database) throws -> Bool {
        guard
            let row = try Row.fetchOne(
                db,
                sql: "SELECT number, is_merged FROM chunk WHERE is_whole = 1 AND is_merged != 1 ORDER BY number LIMIT 1"
            )
        else { return false }
        let number: Int64 = row[0]
        let isBegun = (row[1] as Int64) == 2
        let table = SearchChunks.table(number)
        let before = db.totalChangesCount
        try db.execute(
            sql: "INSERT INTO \(table) (\(table), rank) VALUES ('merge', ?)",
            arguments: [isBegun ? SearchIndexer.mergePages : -SearchIndexer.mergePages])
        let isDone = db.totalChangesCount - before < 2
        try db.execute(
            sql: "UPDATE chunk SET is_merged = ? WHERE number = ?", arguments: [isDone && isBegun ? 1 : 2, number])
        return true
    }
}
