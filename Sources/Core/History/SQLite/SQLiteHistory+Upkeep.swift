package import ClusterState
import Foundation
internal import GRDB
import Glibc
import Synchronization

/// What a person does with a history file.
extension SQLiteHistory {
    package struct Facts: Sendable {
        package var tasks = 0
        package var oldest: Double?
        package var newest: Double?
        package var schema = 0
        package var bytes = 0
        package var freeBytes = 0
        package var unindexed = 0
        package var texts = 0
        package var steps = 0
        package var workers = 0
        package var tasksByState: [(state: String, count: Int)] = []
    }

    package func facts() throws(HistoryError) -> Facts {
        let size = try size()
        return try reading { db in
            var facts = Facts()
            facts.tasks = size.tasks
            facts.unindexed = size.unindexed
            facts.bytes = size.bytes
            facts.oldest = try Double.fetchOne(db, sql: "SELECT min(timestamp) FROM task")
            facts.newest = try Double.fetchOne(db, sql: "SELECT max(timestamp) FROM task")
            facts.schema = try Int.fetchOne(db, sql: "PRAGMA user_version") ?? 0
            let page = try Int.fetchOne(db, sql: "PRAGMA page_size") ?? 0
            facts.freeBytes = (try Int.fetchOne(db, sql: "PRAGMA freelist_count") ?? 0) * page
            facts.texts = try Int.fetchOne(db, sql: "SELECT count(*) FROM text") ?? 0
            facts.steps = try Int.fetchOne(db, sql: "SELECT count(*) FROM step") ?? 0
            facts.workers = try Int.fetchOne(db, sql: "SELECT count(*) FROM worker") ?? 0
            facts.tasksByState = try Row.fetchAll(
                db, sql: "SELECT state, count(*) FROM task INDEXED BY task_by_time GROUP BY state ORDER BY 2 DESC"
            ).map { (try StateNumber.state($0[0], words, db).name, $0[1]) }
            return facts
        }
    }

    /// Reads every page of the file; what is wrong, at most 20 lines. `progress` is from 0 to 1.
    package func verify(progress: (Double) -> Void) throws(HistoryError) -> [String] {
        try reading { db in
            let tables = try String.fetchAll(
                db,
                sql: "SELECT name FROM sqlite_schema WHERE type = 'table' AND name NOT LIKE 'sqlite_%' AND rootpage > 0"
            )
            var problems: [String] = []
            for (index, table) in tables.enumerated() {
                progress(Double(index) / Double(max(tables.count, 1)))
                for line in try String.fetchAll(db, sql: "PRAGMA integrity_check('\(table)')") where line != "ok" {
                    problems.append("\(table): \(line)")
                    if problems.count >= 20 { return problems }
                }
            }
            let counted = try Int64.fetchOne(db, sql: "SELECT count(*) FROM task INDEXED BY task_by_key") ?? 0
            let noted = try Meta.value(.tasks, db)
            if counted != noted { problems.append("task: \(counted) are stored, \(noted) were counted") }
            let twice =
                try Int64.fetchOne(
                    db, sql: "SELECT count(*) FROM (SELECT 1 FROM task GROUP BY key, uuid HAVING count(*) > 1)") ?? 0
            if twice > 0 { problems.append("task: \(twice) ids are stored twice") }
            progress(1)
            return problems
        }
    }

    /// Tasks in the order in which they were first stored, behind `row`, with everything that is kept of them.
    package func exported(after row: Int64, limit: Int) throws(HistoryError) -> (tasks: [HistoryTask], last: Int64?) {
        try reading { db in
            let rows = try Row.fetchAll(
                db, sql: "SELECT \(TaskRecord.select) FROM task WHERE id > ? ORDER BY id LIMIT ?",
                arguments: [row, limit])
            var tasks: [HistoryTask] = []
            for row in rows {
                let found = TaskFinder.Found(id: row[0], task: try TaskRecord.task(row, words, texts, db))
                tasks.append(try whole(found, db))
            }
            return (tasks, rows.last.map { $0[0] })
        }
    }

    /// Removes what its retention says; `progress` is how many are gone.
    package func prune(at now: Double, progress: (Int) -> Void) throws(HistoryError) -> Int {
        let before = try size().tasks
        let isMore: () throws(HistoryError) -> Bool = { () throws(HistoryError) in
            try Self.translating(self.configuration.path) {
                try self.pruner.withLock { try $0.work(self.pool, at: now) }
            }
        }
        while try isMore() { progress(before - (try size().tasks)) }
        return before - (try size().tasks)
    }

    /// Removes every task that `search` finds, from the index as well; how many.
    package func erase(_ search: SearchExpression, at now: Double, progress: (Int) -> Void) throws(HistoryError) -> Int
    {
        var query = TaskQuery(limit: Pruner.tasksPerSlice)
        query.search = search
        var erased = 0
        repeat {
            let page = try tasks(query, at: now)
            try Self.translating(configuration.path) {
                try pool.write { db in
                    let ids = try page.tasks.compactMap { task -> Int64? in
                        let id = try Int64.fetchOne(
                            try db.cachedStatement(sql: "SELECT id FROM task WHERE key = ? AND uuid = ?"),
                            arguments: [TaskKey.key(of: task.uuid), task.uuid])
                        if let id { try SearchChunks.forget(id, text: SearchText.text(of: task), db) }
                        return id
                    }
                    try Pruner.delete(ids, db)
                    erased += ids.count
                }
            }
            progress(erased)
            query.after = page.next
        } while query.after != nil
        try Self.translating(configuration.path) {
            try pool.write { db in
                // Texts that only they used, and what the index still holds of them.
                try db.execute(
                    sql: """
                        DELETE FROM text WHERE id NOT IN (SELECT traceback FROM task WHERE traceback IS NOT NULL)
                            AND id NOT IN (SELECT traceback FROM step WHERE traceback IS NOT NULL)
                            AND id NOT IN (SELECT exception FROM step WHERE exception IS NOT NULL)
                        """)
                texts.forget()
                for chunk in try SearchChunks.all(db) {
                    try db.execute(
                        sql: "INSERT INTO \(chunk.table) (\(chunk.table)) VALUES ('optimize')")
                }
            }
        }
        return erased
    }

    /// Copies the file while it is in use. `progress` is from 0 to 1.
    package static func backUp(
        _ path: String, to copy: String, progress: @escaping (Double) -> Void
    ) throws(HistoryError) {
        guard access(copy, F_OK) != 0 else {
            throw HistoryError(.invalid, "\(copy) exists already; name a file that does not.")
        }
        try translating(path) {
            var settings = GRDB.Configuration()
            settings.readonly = true
            settings.busyMode = .timeout(10)
            let source = try DatabaseQueue(path: path, configuration: settings)
            umask(0o077)
            let target = try DatabaseQueue(path: copy + ".part")
            try source.backup(to: target, pagesPerStep: 2000) { step in
                progress(step.totalPageCount == 0 ? 1 : Double(step.completedPageCount) / Double(step.totalPageCount))
            }
            try target.inDatabase { db in try db.execute(sql: "PRAGMA journal_mode = DELETE") }
            try target.close()
            try source.close()
        }
        guard rename(copy + ".part", copy) == 0 else {
            throw HistoryError(.unavailable, "Cannot write \(copy): \(String(cString: strerror(errno)))")
        }
    }

    /// Puts a sound copy in the place of `path`; where what was there is now, if anything was. Nothing may use the file.
    package static func restore(_ path: String, from copy: String, now: Double) throws(HistoryError) -> String? {
        try translating(copy) {
            var settings = GRDB.Configuration()
            settings.readonly = true
            let source = try DatabaseQueue(path: copy, configuration: settings)
            let verdict = try source.read { try String.fetchOne($0, sql: "PRAGMA quick_check(1)") }
            try source.close()
            guard verdict == "ok" else { throw HistoryError(.damaged, "\(copy) is damaged and was not put in place.") }
        }
        try? FileManager.default.removeItem(atPath: path + ".restoring")
        do {
            try FileManager.default.copyItem(atPath: copy, toPath: path + ".restoring")
        } catch {
            throw HistoryError(.unavailable, "Cannot copy \(copy) to \(path): \(error.localizedDescription)")
        }
        chmod(path + ".restoring", 0o600)
        var aside: String?
        if access(path, F_OK) == 0 {
            let name = "\(path).before-restore-\(Int(now))"
            for suffix in ["", "-wal", "-shm"] where rename(path + suffix, name + suffix) != 0 && suffix.isEmpty {
                throw HistoryError(.unavailable, "Cannot move \(path) aside: \(String(cString: strerror(errno)))")
            }
            aside = name
        }
        guard rename(path + ".restoring", path) == 0 else {
            throw HistoryError(.unavailable, "Cannot write \(path): \(String(cString: strerror(errno)))")
        }
        return aside
    }
}
