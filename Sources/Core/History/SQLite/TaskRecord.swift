internal import ClusterState
internal import GRDB

/// A row of the table `task`, in both directions.
enum TaskRecord {
    private static let columns = [
        "key", "uuid", "state", "name", "worker", "timestamp", "received", "started", "succeeded", "failed", "retried",
        "revoked", "rejected", "sent", "runtime", "retries", "clock", "flags", "client", "queue", "exchange",
        "routing_key", "root", "parent", "args", "kwargs", "result", "exception", "traceback", "eta", "expires",
        "signal",
    ]

    /// Of tasks whose id is not a UUID.
    static let hasOddID = "flags & \(Flags.isOddID.rawValue) != 0"

    static let insert = """
        INSERT INTO task (\(columns.joined(separator: ", "))) \
        VALUES (\(columns.map { _ in "?" }.joined(separator: ", ")))
        """
    static let update = "UPDATE task SET \(columns.map { "\($0) = ?" }.joined(separator: ", ")) WHERE id = ?"
    /// `id` first, then the columns.
    static let select = "task.id, " + columns.map { "task.\($0)" }.joined(separator: ", ")

    private struct Flags: OptionSet {
        let rawValue: Int64

        static let textIsCut = Flags(rawValue: 1)
        static let isOwnRoot = Flags(rawValue: 2)
        static let hasRevocation = Flags(rawValue: 4)
        static let isTerminated = Flags(rawValue: 8)
        static let isExpired = Flags(rawValue: 16)
        static let isOddID = Flags(rawValue: 32)
    }

    /// Gives a statement the values of `columns`.
    static func bind(
        _ task: TaskSnapshot, key: Int64, to row: inout RowBinder, _ words: Words, _ texts: Texts, _ db: Database
    ) throws {
        var flags: Flags = []
        if task.textIsCut { flags.insert(.textIsCut) }
        if task.rootID == task.uuid { flags.insert(.isOwnRoot) }
        if task.isTerminated != nil || task.isExpired != nil { flags.insert(.hasRevocation) }
        if task.isTerminated == true { flags.insert(.isTerminated) }
        if task.isExpired == true { flags.insert(.isExpired) }
        if !TaskKey.isUUID(task.uuid) { flags.insert(.isOddID) }
        let timestamp = task.timestamp ?? 0
        row.add(key)
        row.add(task.uuid)
        row.add(try StateNumber.number(of: task.state, words, db))
        row.add(try words.id(of: task.name, db))
        row.add(try words.id(of: task.worker, db))
        row.add(timestamp)
        row.add(task.received)
        row.add(task.started)
        row.add(task.succeeded)
        row.add(task.failed)
        row.add(task.retried)
        row.add(task.revoked)
        row.add(task.rejected)
        row.add(task.sent)
        row.add(task.runtime)
        row.add(task.retries.map(Int64.init))
        row.add(task.clock)
        row.add(flags.rawValue)
        row.add(try words.id(of: task.client, db))
        row.add(try words.id(of: task.queue, db))
        row.add(try words.id(of: task.exchange, db))
        row.add(try words.id(of: task.routingKey, db))
        row.add(flags.contains(.isOwnRoot) ? nil : task.rootID)
        row.add(task.parentID)
        row.add(task.args)
        row.add(task.kwargs)
        row.add(task.result)
        row.add(task.exception)
        row.add(try texts.id(of: task.traceback, usedAt: timestamp, db))
        row.add(task.eta)
        row.add(task.expires)
        row.add(task.signal)
    }

    /// The task of a row that `select` brought, without its attempts.
    static func task(_ row: Row, _ words: Words, _ texts: Texts, _ db: Database) throws -> TaskSnapshot {
        var task = TaskSnapshot(uuid: row[2], state: try StateNumber.state(row[3], words, db))
        task.name = try words.text(of: row[4], db)
        task.worker = try words.text(of: row[5], db)
        task.timestamp = row[6]
        task.received = row[7]
        task.started = row[8]
        task.succeeded = row[9]
        task.failed = row[10]
        task.retried = row[11]
        task.revoked = row[12]
        task.rejected = row[13]
        task.sent = row[14]
        task.runtime = row[15]
        task.retries = row[16]
        task.clock = row[17]
        let flags = Flags(rawValue: row[18])
        task.textIsCut = flags.contains(.textIsCut)
        if flags.contains(.hasRevocation) {
            task.isTerminated = flags.contains(.isTerminated)
            task.isExpired = flags.contains(.isExpired)
        }
        task.client = try words.text(of: row[19], db)
        task.queue = try words.text(of: row[20], db)
        task.exchange = try words.text(of: row[21], db)
        task.routingKey = try words.text(of: row[22], db)
        task.rootID = row[23]
        if flags.contains(.isOwnRoot) { task.rootID = task.uuid }
        task.parentID = row[24]
        task.args = row[25]
        task.kwargs = row[26]
        task.result = row[27]
        task.exception = row[28]
        task.traceback = try texts.text(of: row[29], db)
        task.eta = row[30]
        task.expires = row[31]
        task.signal = row[32]
        return task
    }
}
