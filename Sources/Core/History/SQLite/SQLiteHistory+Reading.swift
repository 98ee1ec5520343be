package import CeleryProtocol
package import ClusterState
internal import GRDB

extension SQLiteHistory {
    /// How long one search may take.
    private static let searchTime = Duration.milliseconds(1500)

    package func tasks(_ query: TaskQuery, at now: Double) throws(HistoryError) -> HistoryPage {
        try reading { db in
            try TaskFinder(
                query, db, words: words, texts: texts, isIndexed: configuration.isIndexed, at: now,
                time: Self.searchTime
            ).page()
        }
    }

    package func task(_ uuid: String) throws(HistoryError) -> HistoryTask? {
        try reading { db in
            guard
                let row = try Row.fetchOne(
                    db, sql: "SELECT \(TaskRecord.select) FROM task WHERE key = ? AND uuid = ?",
                    arguments: [TaskKey.key(of: uuid), uuid])
            else { return nil }
            return try whole(
                TaskFinder.Found(id: row[0], task: try TaskRecord.task(row, words, texts, db)), db)
        }
    }

    /// With attempts and steps.
    func whole(_ found: TaskFinder.Found, _ db: Database) throws -> HistoryTask {
        var task = HistoryTask(task: try found.withAttempts(words, texts, db))
        let steps = try Row.fetchCursor(
            try db.cachedStatement(
                sql:
                    "SELECT time, state, worker FROM step WHERE task = ? AND state != \(StateNumber.retry) ORDER BY time"
            ),
            arguments: [found.id])
        while let step = try steps.next() {
            task.steps.append(
                TaskStep(
                    uuid: found.task.uuid, state: try StateNumber.state(step[1], words, db), time: step[0],
                    worker: try words.text(of: step[2], db)))
        }
        return task
    }

    package func children(of uuid: String, limit: Int) throws(HistoryError) -> [String] {
        try reading { db in
            try String.fetchAll(
                db, sql: "SELECT uuid FROM task WHERE parent = ? ORDER BY id DESC LIMIT ?", arguments: [uuid, limit])
        }
    }

    package func rates(from start: Double, to end: Double) throws(HistoryError) -> [TaskRate] {
        try reading { db in
            try Row.fetchAll(
                db,
                sql: """
                    SELECT start, name, state, sum(count) FROM rate WHERE start >= ? AND start < ?
                    GROUP BY start, name, state ORDER BY start
                    """, arguments: [start, end]
            ).map { row in
                TaskRate(
                    start: row[0], name: try words.text(of: row[1], db) ?? "",
                    state: try StateNumber.state(row[2], words, db).name, count: UInt64(clamping: row[3] as Int64))
            }
        }
    }

    package func queueDepths(from start: Double, to end: Double) throws(HistoryError) -> [QueueDepthSample] {
        try reading { db in
            try Row.fetchAll(
                db,
                sql: """
                    SELECT start, queue, messages, highest FROM queue_depth WHERE start >= ? AND start < ?
                    ORDER BY start
                    """, arguments: [start, end]
            ).map { row in
                QueueDepthSample(
                    start: row[0], queue: try words.text(of: row[1], db) ?? "", messages: row[2], highest: row[3])
            }
        }
    }

    package func workers(from start: Double, to end: Double) throws(HistoryError) -> [WorkerLifetime] {
        try reading { db in
            try Row.fetchAll(
                db,
                sql: """
                    SELECT hostname, pid, first_seen, last_seen, software, processed FROM worker
                    WHERE last_seen >= ? AND first_seen < ? ORDER BY first_seen
                    """, arguments: [start, end]
            ).map { row in
                WorkerLifetime(
                    hostname: try words.text(of: row[0], db) ?? "", pid: row[1], firstSeen: row[2], lastSeen: row[3],
                    software: try words.text(of: row[4], db), processed: row[5])
            }
        }
    }

    package func gaps(from start: Double, to end: Double) throws(HistoryError) -> [EventGap] {
        try reading { db in
            try Row.fetchAll(
                db,
                sql: """
                    SELECT start, end, reason FROM gap WHERE start < ? AND (end IS NULL OR end >= ?) ORDER BY start
                    """, arguments: [end, start]
            ).compactMap { row in
                EventGap.Reason(rawValue: row[2]).map { EventGap(start: row[0], end: row[1], reason: $0) }
            }
        }
    }
}
