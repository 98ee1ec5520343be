internal import CeleryProtocol
internal import ClusterState
internal import GRDB

/// Writes batches. A task that is stored already and that memory knows only in part is merged with what is stored.
struct TaskWriter {
    private let words: Words
    private let texts: Texts
    private var written = WrittenTasks()

    init(words: Words, texts: Texts) {
        self.words = words
        self.texts = texts
    }

    /// After a transaction that was undone.
    mutating func forget() { written.removeAll() }

    mutating func write(_ batch: HistoryBatch, _ db: Database) throws {
        let indexed = try Meta.value(.indexed, db)
        var added: Int64 = 0
        for change in batch.tasks where try write(change, indexed: indexed, db) { added += 1 }
        try Meta.add(added, to: .tasks, db)
        for step in batch.steps { try write(step, db) }
        for worker in batch.workers { try write(worker, db) }
        for gap in batch.gaps {
            try db.cachedStatement(
                sql: """
                    INSERT INTO gap (start, reason, end) VALUES (?, ?, ?)
                    ON CONFLICT (start, reason) DO UPDATE SET end = coalesce(excluded.end, end)
                    """
            ).execute(arguments: [gap.start, gap.reason.rawValue, gap.end])
        }
        for rate in batch.rates { try write(rate, db) }
        for sample in batch.queues {
            try db.cachedStatement(
                sql: """
                    INSERT INTO queue_depth (start, queue, messages, highest) VALUES (?, ?, ?, ?)
                    ON CONFLICT (start, queue) DO UPDATE SET
                        messages = excluded.messages, highest = max(highest, excluded.highest)
                    """
            ).execute(
                arguments: [
                    Int64(sample.start), try words.id(of: sample.queue, db), sample.messages, sample.highest,
                ])
        }
    }

    /// True when the task is new.
    private mutating func write(_ change: TaskChange, indexed: Int64, _ db: Database) throws -> Bool {
        let task = change.task
        if !change.isFirst, let entry = written[task.uuid], entry.isWhole {
            try update(entry.id, to: task, indexed: indexed, db)
            return false
        }
        let key = TaskKey.key(of: task.uuid)
        guard let id = try id(of: task.uuid, key: key, db) else {
            var row = RowBinder(try db.cachedStatement(sql: TaskRecord.insert))
            try TaskRecord.bind(task, key: key, to: &row, words, texts, db)
            try row.run()
            let id = db.lastInsertedRowID
            written[task.uuid] = WrittenTasks.Entry(id: id, isWhole: true)
            try writeAttempts(of: task, id, db)
            return true
        }
        guard let stored = try stored(id, db) else { return false }
        written[task.uuid] = WrittenTasks.Entry(id: id, isWhole: false)
        let merged = stored.merged(with: task)
        if merged != stored { try update(id, to: merged, indexed: indexed, db) }
        try writeAttempts(of: task, id, db)
        return false
    }

    private mutating func id(of uuid: String, key: Int64, _ db: Database) throws -> Int64? {
        if let entry = written[uuid] { return entry.id }
        var look = RowBinder(try db.cachedStatement(sql: "SELECT id FROM task WHERE key = ? AND uuid = ?"))
        look.add(key)
        look.add(uuid)
        return try look.number()
    }

    private func stored(_ id: Int64, _ db: Database) throws -> TaskSnapshot? {
        try Row.fetchOne(
            try db.cachedStatement(sql: "SELECT \(TaskRecord.select) FROM task WHERE id = ?"), arguments: [id]
        ).map { try TaskRecord.task($0, words, texts, db) }
    }

    private func update(_ id: Int64, to task: TaskSnapshot, indexed: Int64, _ db: Database) throws {
        var row = RowBinder(try db.cachedStatement(sql: TaskRecord.update))
        try TaskRecord.bind(task, key: TaskKey.key(of: task.uuid), to: &row, words, texts, db)
        row.add(id)
        try row.run()
        if id <= indexed { try SearchChunks.noteLate(id, timestamp: task.timestamp ?? 0, db) }
        try writeAttempts(of: task, id, db)
    }

    private func writeAttempts(of task: TaskSnapshot, _ id: Int64, _ db: Database) throws {
        for attempt in task.attempts {
            let usedAt = task.timestamp ?? attempt.time
            try db.cachedStatement(
                sql: """
                    INSERT INTO step (task, time, state, worker, exception, traceback) VALUES (?, ?, ?, ?, ?, ?)
                    ON CONFLICT (task, time, state) DO UPDATE SET
                        worker = coalesce(excluded.worker, worker), exception = coalesce(excluded.exception, exception),
                        traceback = coalesce(excluded.traceback, traceback)
                    """
            ).execute(
                arguments: [
                    id, attempt.time, StateNumber.retry, try words.id(of: attempt.worker, db),
                    try texts.id(of: attempt.exception, usedAt: usedAt, db),
                    try texts.id(of: attempt.traceback, usedAt: usedAt, db),
                ])
        }
    }

    private mutating func write(_ step: TaskStep, _ db: Database) throws {
        guard let id = try id(of: step.uuid, key: TaskKey.key(of: step.uuid), db) else { return }
        try db.cachedStatement(sql: "INSERT OR IGNORE INTO step (task, time, state, worker) VALUES (?, ?, ?, ?)")
            .execute(
                arguments: [
                    id, step.time, try StateNumber.number(of: step.state, words, db),
                    try words.id(of: step.worker, db),
                ])
    }

    private func write(_ worker: WorkerLifetime, _ db: Database) throws {
        let hostname = try words.id(of: worker.hostname, db)
        let software = try words.id(of: worker.software, db)
        // A life that was known before a restart of ours goes on.
        try db.cachedStatement(
            sql: """
                UPDATE worker SET
                    first_seen = min(first_seen, ?1), last_seen = max(last_seen, ?2),
                    software = coalesce(?3, software), processed = coalesce(?4, processed)
                WHERE id = (
                    SELECT id FROM worker
                    WHERE hostname = ?5 AND pid = ?6 AND last_seen >= ?1 - 120 AND first_seen <= ?2
                    ORDER BY last_seen DESC LIMIT 1)
                """
        ).execute(
            arguments: [worker.firstSeen, worker.lastSeen, software, worker.processed, hostname, worker.pid])
        guard db.changesCount == 0 else { return }
        try db.cachedStatement(
            sql: """
                INSERT INTO worker (hostname, pid, first_seen, last_seen, software, processed)
                VALUES (?, ?, ?, ?, ?, ?)
                """
        ).execute(
            arguments: [hostname, worker.pid, worker.firstSeen, worker.lastSeen, software, worker.processed])
    }

    private func write(_ rate: TaskRate, _ db: Database) throws {
        try db.cachedStatement(
            sql: """
                INSERT INTO rate (start, run, name, state, count) VALUES (?, ?, ?, ?, ?)
                ON CONFLICT (start, name, state, run) DO UPDATE SET count = excluded.count
                """
        ).execute(
            arguments: [
                Int64(rate.start), rate.run, try words.id(of: rate.name, db),
                try StateNumber.number(of: TaskState(name: rate.state), words, db), Int64(clamping: rate.count),
            ])
    }
}
