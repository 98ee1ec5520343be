internal import ClusterState
internal import GRDB

/// Removes what is too old or too much, a few hundred tasks at a time, so that writing and reading never wait for it.
struct Pruner {
    /// One age limit and whom it is for.
    private struct Rule {
        var age: Double
        /// nil: all tasks but those of `others`.
        var name: String?
        var others: [String] = []
        /// Everything older was looked at.
        var position = -Double.infinity
    }

    private let retention: Retention
    private var rules: [Rule]
    private var restsUntil = 0.0

    static let tasksPerSlice = 400
    /// Seconds between two looks when there was nothing to do.
    private static let pause = 10.0
    private static let entriesPerLook = 20_000

    init(retention: Retention) {
        self.retention = retention
        rules = retention.ageByName.map { Rule(age: $0.value, name: $0.key) }.sorted {
            ($0.name ?? "") < ($1.name ?? "")
        }
        if let age = retention.age { rules.append(Rule(age: age, others: retention.ageByName.keys.sorted())) }
    }

    /// One slice; true when there is more to do at once.
    mutating func work(_ pool: DatabasePool, at now: Double) throws -> Bool {
        guard now >= restsUntil || restsUntil - now > 2 * Pruner.pause else { return false }
        for index in rules.indices where try prune(&rules[index], pool, at: now) { return true }
        if try shrink(pool) { return true }
        if try pool.write({ db in try Pruner.removeLeftovers(db, before: retention.longest.map { now - $0 }) }) {
            return true
        }
        restsUntil = now + Pruner.pause
        return false
    }

    private func prune(_ rule: inout Rule, _ pool: DatabasePool, at now: Double) throws -> Bool {
        let cutoff = now - rule.age
        guard rule.position < cutoff else { return false }
        let position = rule.position
        let (condition, names) = Pruner.condition(of: rule)
        // Looking takes no lock; a stretch of time that holds nothing to remove is passed over.
        let (ids, reached) = try pool.read { db -> ([Int64], Double?) in
            let limit = try Double.fetchOne(
                db,
                sql: """
                    SELECT timestamp FROM task WHERE timestamp > ? AND timestamp < ?
                    ORDER BY timestamp LIMIT 1 OFFSET \(Pruner.entriesPerLook)
                    """, arguments: [position, cutoff])
            let ids = try Int64.fetchAll(
                db,
                sql: """
                    SELECT id FROM task WHERE timestamp > ? AND timestamp < ? \(condition)
                    ORDER BY timestamp LIMIT \(Pruner.tasksPerSlice)
                    """, arguments: [position, limit?.nextUp ?? cutoff] + StatementArguments(names))
            return (ids, limit)
        }
        if ids.isEmpty {
            rule.position = reached ?? cutoff
            return reached != nil
        }
        try pool.write { db in try Pruner.delete(ids, db) }
        return true
    }

    private static func condition(of rule: Rule) -> (sql: String, names: [String]) {
        if let name = rule.name { return ("AND name = (SELECT id FROM word WHERE text = ?)", [name]) }
        guard !rule.others.isEmpty else { return ("", []) }
        let places = rule.others.map { _ in "?" }.joined(separator: ", ")
        return (
            "AND (name IS NULL OR name NOT IN (SELECT id FROM word WHERE text IN (\(places))))", rule.others
        )
    }

    /// The oldest go while the file holds more than it may.
    private func shrink(_ pool: DatabasePool) throws -> Bool {
        guard let bytes = retention.bytes else { return false }
        return try pool.write { db in
            let pages = try Int.fetchOne(db, sql: "PRAGMA page_count") ?? 0
            let free = try Int.fetchOne(db, sql: "PRAGMA freelist_count") ?? 0
            let page = try Int.fetchOne(db, sql: "PRAGMA page_size") ?? 4096
            guard (pages - free) * page > bytes else {
                // What is free in the file is used again; much of it goes back to the system.
                if free > 16_384, free > pages / 4 { try db.execute(sql: "PRAGMA incremental_vacuum(500)") }
                return false
            }
            let ids = try Int64.fetchAll(
                db, sql: "SELECT id FROM task ORDER BY timestamp LIMIT \(Pruner.tasksPerSlice)")
            try Pruner.delete(ids, db)
            _ = try Pruner.removeLeftovers(db, before: nil)
            return !ids.isEmpty
        }
    }

    static func delete(_ ids: [Int64], _ db: Database) throws {
        var removed: Int64 = 0
        for id in ids {
            try db.cachedStatement(sql: "DELETE FROM task WHERE id = ?").execute(arguments: [id])
            removed += Int64(db.changesCount)
            try db.cachedStatement(sql: "DELETE FROM step WHERE task = ?").execute(arguments: [id])
            try db.cachedStatement(sql: "DELETE FROM late WHERE id = ?").execute(arguments: [id])
        }
        try Meta.add(-removed, to: .tasks, db)
    }

    /// What belongs to no task any more; true when there may be more.
    private static func removeLeftovers(_ db: Database, before: Double?) throws -> Bool {
        // A part of the index goes once all its tasks are gone.
        let first = try Int64.fetchOne(db, sql: "SELECT min(id) FROM task") ?? Int64.max
        let gone = try Int64.fetchOne(
            db, sql: "SELECT number FROM chunk WHERE is_whole = 1 AND number < ? ORDER BY number LIMIT 1",
            arguments: [SearchChunks.number(of: first)])
        if let gone {
            try SearchChunks.drop(gone, db)
            return true
        }
        guard let before else { return false }
        var changes = 0
        for (table, column) in [("text", "used"), ("rate", "start"), ("queue_depth", "start"), ("gap", "start")] {
            let key = table == "text" ? "id" : column
            try db.execute(
                sql: """
                    DELETE FROM \(table) WHERE \(key) IN (
                        SELECT \(key) FROM \(table) WHERE \(column) < ? ORDER BY \(column) LIMIT 200)
                    """, arguments: [before])
            changes += db.changesCount
        }
        try db.execute(
            sql: """
                DELETE FROM worker WHERE id IN (
                    SELECT id FROM worker WHERE last_seen < ? ORDER BY last_seen LIMIT 200)
                """, arguments: [before])
        changes += db.changesCount
        return changes >= 200
    }
}
