internal import ClusterState
internal import GRDB

/// One question for tasks at work. All of it sees the file at one moment.
///
/// What a search matches is decided by the search itself, on the task; the index and the tables only spare it tasks. A
/// search that takes too long ends where it is, with the position from which the next one goes on.
struct TaskFinder {
    struct Found {
        var id: Int64
        var task: TaskSnapshot

        var position: TaskPosition { TaskPosition(timestamp: task.timestamp ?? 0, uuid: task.uuid) }
    }

    /// What was found, and how far: everything down to `cut` was looked at, all of it when nil.
    struct Finding {
        var tasks: [Found] = []
        var cut: TaskPosition?
    }

    let db: Database
    let words: Words
    let texts: Texts
    let query: TaskQuery
    let now: Double
    let isIndexed: Bool
    private let limit: Int
    private let deadline: ContinuousClock.Instant

    /// Entries of the time index that are read between two looks at the clock.
    private static let window = 50_000
    /// An expression with more matches in one part of the index is not worth asking it for.
    private static let dense = 4096
    /// More tasks than this that are not in the index are read in order of time like all others.
    private static let longestTail = 20_000
    private static let rowsPerFetch = 256

    init(
        _ query: TaskQuery, _ db: Database, words: Words, texts: Texts, isIndexed: Bool, at now: Double,
        time: Duration
    ) {
        self.db = db
        self.words = words
        self.texts = texts
        self.query = query
        self.now = now
        self.isIndexed = isIndexed
        // One more tells whether there is a next page.
        limit = max(0, min(query.limit ?? 1000, 100_000)) + 1
        deadline = .now + time
    }

    func page() throws -> HistoryPage {
        guard let conditions = try conditions() else { return HistoryPage() }
        let finding: Finding
        if let search = query.search, !search.isEmpty {
            finding = try find(search, conditions)
        } else {
            finding = try walk(conditions, floor: -.infinity)
        }
        var page = HistoryPage()
        var found = finding.tasks
        if found.count >= limit {
            found.removeLast(found.count - limit + 1)
            page.next = found.last?.position ?? query.after
        } else if let cut = finding.cut {
            page.next = cut
            page.isCutShort = true
        }
        page.tasks = try found.map { try $0.withAttempts(words, texts, db) }
        return page
    }

    /// What the filters say; nil when nothing can match.
    private func conditions() throws -> [SQLCondition]? {
        var conditions: [SQLCondition] = []
        for (column, wanted) in [("name", query.name), ("worker", query.worker)] {
            guard let wanted = wanted.map({ TextFolding.fold($0) }) else { continue }
            let ids = try words.ids(db) { TextFolding.fold($0) == wanted }
            if ids.isEmpty { return nil }
            conditions.append(SQLCondition(column, in: ids))
        }
        if let state = query.state.map({ TextFolding.fold($0) }) {
            let numbers = try StateNumber.numbers(words, db) { TextFolding.fold($0) == state }
            if numbers.isEmpty { return nil }
            conditions.append(SQLCondition("state", in: numbers))
        }
        if let after = query.receivedAfter {
            conditions.append(SQLCondition("received IS NULL OR received >= ?", [after]))
        }
        if let before = query.receivedBefore {
            conditions.append(SQLCondition("received IS NULL OR received <= ?", [before]))
        }
        if let bounds = query.search?.timeBounds(at: now) {
            if bounds.lowerBound > -.infinity {
                conditions.append(SQLCondition("timestamp >= ?", [bounds.lowerBound]))
            }
            if bounds.upperBound < .infinity {
                conditions.append(SQLCondition("timestamp <= ?", [bounds.upperBound]))
            }
        }
        return conditions
    }

    private func find(_ search: SearchExpression, _ conditions: [SQLCondition]) throws -> Finding {
        guard let driver = try SearchDriver.best(for: search.hint, isIndexed: isIndexed, words, texts, db),
            try !isDense(driver)
        else { return try walk(conditions, floor: -.infinity) }
        let narrow = try findNarrow(driver, conditions)
        guard !driver.isNarrow else { return narrow }
        let floor = narrow.tasks.count >= limit ? narrow.tasks[limit - 1].position.timestamp : -.infinity
        let wide = try walk(
            conditions + [.any(driver.columns)], floor: max(floor, narrow.cut?.timestamp ?? -.infinity))
        return merge(narrow, wide)
    }

    private func merge(_ left: Finding, _ right: Finding) -> Finding {
        var seen: Set<Int64> = []
        var merged = Finding(tasks: (left.tasks + right.tasks).filter { seen.insert($0.id).inserted })
        merged.tasks.sort { $0.position.precedes($1.position) }
        // Below either cut something may be missing.
        for case let cut? in [left.cut, right.cut] where merged.cut.map({ cut.precedes($0) }) ?? true {
            merged.cut = cut
        }
        if let cut = merged.cut { merged.tasks.removeAll { !$0.position.precedes(cut) } }
        return merged
    }

    /// All tasks for which `conditions` hold in order of time, none older than `floor`.
    private func walk(_ conditions: [SQLCondition], floor: Double) throws -> Finding {
        var finding = Finding()
        var upper = SQLCondition("1")
        var top = Double.infinity
        if let after = query.after {
            upper = SQLCondition("timestamp < ? OR uuid < ?", [after.timestamp, after.uuid])
            top = after.timestamp
        }
        while true {
            let low =
                try Double.fetchOne(
                    try db.cachedStatement(
                        sql: """
                            SELECT timestamp FROM task WHERE timestamp <= ?
                            ORDER BY timestamp DESC LIMIT 1 OFFSET \(TaskFinder.window)
                            """), arguments: [top]) ?? -.infinity
            let bottom = max(low, floor)
            let all = SQLCondition.all(
                conditions + [upper, SQLCondition("timestamp <= ?", [top]), SQLCondition("timestamp >= ?", [bottom])])
            let rows = try Row.fetchCursor(
                db,
                sql: """
                    SELECT \(TaskRecord.select) FROM task INDEXED BY task_by_time WHERE \(all.sql)
                    ORDER BY timestamp DESC, uuid DESC \(query.search == nil && !query.isLimited ? "LIMIT \(limit - finding.tasks.count)" : "")
                    """, arguments: StatementArguments(all.arguments))
            var count = 0
            while let row = try rows.next() {
                if let found = try check(row) { finding.tasks.append(found) }
                if finding.tasks.count >= limit { return finding }
                count += 1
                if count % 256 == 0, ContinuousClock.now >= deadline {
                    finding.cut = TaskPosition(timestamp: row[6], uuid: row[2])
                    return finding
                }
            }
            if bottom > low || low == -.infinity { return finding }
            if ContinuousClock.now >= deadline {
                finding.cut = TaskPosition(timestamp: low, uuid: "")
                return finding
            }
            top = low
            upper = SQLCondition("timestamp < ?", [low])
        }
    }

    private func isDense(_ driver: SearchDriver) throws -> Bool {
        guard !driver.matches.isEmpty else { return false }
        let last = try Int64.fetchOne(db, sql: "SELECT max(id) FROM task") ?? 0
        if try last - Meta.value(.indexed, db) > TaskFinder.longestTail { return true }
        for chunk in try SearchChunks.all(db).prefix(2) {
            for match in driver.matches {
                let count = try Int.fetchOne(
                    db,
                    sql: """
                        SELECT count(*) FROM (
                            SELECT 1 FROM \(chunk.table) WHERE \(chunk.table) MATCH ? LIMIT \(TaskFinder.dense + 1))
                        """, arguments: [match])
                if count ?? 0 > TaskFinder.dense { return true }
            }
        }
        return false
    }

    /// What the index and single ids bring, part by part until the rest is older than what is wanted.
    private func findNarrow(_ driver: SearchDriver, _ conditions: [SQLCondition]) throws -> Finding {
        var finding = Finding()
        var conditions = conditions
        if let after = query.after {
            conditions.append(
                SQLCondition(
                    "timestamp < ? OR (timestamp = ? AND uuid < ?)", [after.timestamp, after.timestamp, after.uuid]))
        }
        try fetch(driver.ids, conditions, into: &finding.tasks)
        guard !driver.matches.isEmpty else { return sorted(finding) }
        try fetch(
            Int64.fetchAll(db, sql: "SELECT id FROM late WHERE waits > 0"), conditions, into: &finding.tasks)
        try fetch(
            SQLCondition("id > ?", [Meta.value(.indexed, db)]), conditions, into: &finding.tasks)
        for chunk in try SearchChunks.all(db) {
            if finding.tasks.count >= limit {
                finding = sorted(finding)
                if finding.tasks.count >= limit, finding.tasks[limit - 1].position.timestamp > chunk.newest { break }
            }
            if ContinuousClock.now >= deadline {
                finding.cut = TaskPosition(timestamp: chunk.newest, uuid: "\u{10FFFF}")
                break
            }
            var ids: Set<Int64> = []
            for match in driver.matches {
                let documents = try Int64.fetchCursor(
                    db, sql: "SELECT rowid FROM \(chunk.table) WHERE \(chunk.table) MATCH ?", arguments: [match])
                while let document = try documents.next() { ids.insert(document >> SearchChunks.versionShift) }
            }
            try fetch(Array(ids), conditions, into: &finding.tasks)
        }
        finding = sorted(finding)
        if let cut = finding.cut { finding.tasks.removeAll { !$0.position.precedes(cut) } }
        return finding
    }

    private func sorted(_ finding: Finding) -> Finding {
        var seen: Set<Int64> = []
        return Finding(
            tasks: finding.tasks.filter { seen.insert($0.id).inserted }
                .sorted { $0.position.precedes($1.position) }, cut: finding.cut)
    }

    private func fetch(_ ids: [Int64], _ conditions: [SQLCondition], into found: inout [Found]) throws {
        var next = 0
        while next < ids.count {
            let end = min(next + TaskFinder.rowsPerFetch, ids.count)
            try fetch(SQLCondition("id", in: Array(ids[next..<end])), conditions, into: &found)
            next = end
        }
    }

    private func fetch(
        _ condition: SQLCondition, _ conditions: [SQLCondition], into found: inout [Found]
    ) throws {
        let all = SQLCondition.all([condition] + conditions)
        let rows = try Row.fetchCursor(
            db, sql: "SELECT \(TaskRecord.select) FROM task NOT INDEXED WHERE \(all.sql)",
            arguments: StatementArguments(all.arguments))
        while let row = try rows.next() {
            if let match = try check(row) { found.append(match) }
        }
    }

    private func check(_ row: Row) throws -> Found? {
        let task = try TaskRecord.task(row, words, texts, db)
        guard query.admits(task) else { return nil }
        if let search = query.search, !search.matches(task, at: now) { return nil }
        return Found(id: row[0], task: task)
    }
}

extension TaskFinder.Found {
    /// The task with the attempts that ended in RETRY.
    func withAttempts(_ words: Words, _ texts: Texts, _ db: Database) throws -> TaskSnapshot {
        var task = task
        let rows = try Row.fetchCursor(
            try db.cachedStatement(
                sql: """
                    SELECT time, worker, exception, traceback FROM step WHERE task = ? AND state = \(StateNumber.retry)
                    ORDER BY time
                    """), arguments: [id])
        while let row = try rows.next() {
            task.attempts.append(
                TaskAttempt(
                    time: row[0], exception: try texts.text(of: row[2], db), traceback: try texts.text(of: row[3], db),
                    worker: try words.text(of: row[1], db)))
        }
        return task
    }
}

extension TaskPosition {
    /// Newer, or as new with a higher id.
    func precedes(_ other: TaskPosition) -> Bool {
        timestamp != other.timestamp ? timestamp > other.timestamp : uuid > other.uuid
    }
}
