internal import CeleryProtocol
internal import ClusterState
internal import GRDB
package import Logging
import Synchronization

/// History in one SQLite file in WAL mode: one connection writes, others read at the same time.
package final class SQLiteHistory: HistoryEngine {
    package struct Configuration: Sendable {
        package var path: String
        /// fsync at every commit instead of at checkpoints: nothing is lost when the machine loses power.
        package var isFullySynchronous = false
        package var isIndexed = true
        package var retention = Retention()

        package init(path: String) { self.path = path }
    }

    let configuration: Configuration
    let pool: DatabasePool
    let words = Words()
    let texts = Texts()
    /// Guarded by being used within write transactions only.
    private let writer: Mutex<TaskWriter>
    let indexer: Mutex<SearchIndexer>
    let pruner: Mutex<Pruner>

    /// Opens the file, makes or brings forward its tables. Blocks. A damaged file of ours is an error of kind `.damaged`.
    package init(_ configuration: Configuration) throws(HistoryError) {
        self.configuration = configuration
        writer = Mutex(TaskWriter(words: words, texts: texts))
        indexer = Mutex(SearchIndexer())
        pruner = Mutex(Pruner(retention: configuration.retention))
        pool = try Self.open(configuration)
        try Self.translating(configuration.path) {
            try pool.writeWithoutTransaction { db in try Schema.migrate(db, path: configuration.path) }
            try pool.write { db in try SearchChunks.setIndexed(configuration.isIndexed, db) }
        }
    }

    /// As `init`, but a damaged file of ours is moved aside, and a new one is made.
    package static func opening(
        _ configuration: Configuration, now: Double, logger: Logger
    ) throws(HistoryError) -> SQLiteHistory {
        do throws(HistoryError) {
            return try SQLiteHistory(configuration)
        } catch {
            guard error.kind == .damaged else { throw error }
            let aside = try HistoryFile.moveAside(configuration.path, now: now)
            logger.error(
                "The history file is damaged and was moved aside; a new one was made",
                metadata: ["path": "\(configuration.path)", "moved_to": "\(aside)", "reason": "\(error.message)"])
            return try SQLiteHistory(configuration)
        }
    }

    private static func open(_ configuration: Configuration) throws(HistoryError) -> DatabasePool {
        if try HistoryFile.contents(of: configuration.path) == .foreign {
            throw HistoryError(.foreign, "\(configuration.path) is a file of another program and is left as it is.")
        }
        try HistoryFile.makePrivate(configuration.path)
        return try translating(configuration.path) {
            var settings = GRDB.Configuration()
            settings.journalMode = .wal
            settings.busyMode = .timeout(5)
            settings.maximumReaderCount = 4
            settings.label = "calyx.history"
            let isFull = configuration.isFullySynchronous
            settings.prepareDatabase { db in
                try db.execute(
                    sql: """
                        PRAGMA synchronous = \(isFull ? "FULL" : "NORMAL"); PRAGMA trusted_schema = OFF;
                        PRAGMA cache_size = -16000; PRAGMA journal_size_limit = 67108864; PRAGMA temp_store = MEMORY;
                        """)
            }
            // Only an empty file can take it.
            if try HistoryFile.contents(of: configuration.path) == .absent {
                let queue = try DatabaseQueue(path: configuration.path)
                try queue.inDatabase { db in
                    try db.execute(
                        sql: """
                            PRAGMA auto_vacuum = INCREMENTAL; PRAGMA application_id = \(Schema.applicationID); VACUUM;
                            """)
                }
                try queue.close()
            }
            return try DatabasePool(path: configuration.path, configuration: settings)
        }
    }

    package func write(_ batch: HistoryBatch) throws(HistoryError) {
        do {
            try Self.translating(configuration.path) {
                try pool.write { db in try writer.withLock { try $0.write(batch, db) } }
            }
        } catch {
            // What was given numbers in the transaction that is undone has none.
            words.forget()
            texts.forget()
            writer.withLock { $0.forget() }
            throw error
        }
    }

    package func tend(at now: Double) throws(HistoryError) -> Bool {
        try Self.translating(configuration.path) {
            var isMore = false
            if configuration.isIndexed {
                isMore = try indexer.withLock { indexer in
                    try pool.write { db in try indexer.work(db, words, texts, at: now) }
                }
            }
            let prunes = try pruner.withLock { pruner in try pruner.work(pool, at: now) }
            return isMore || prunes
        }
    }

    package func size() throws(HistoryError) -> HistorySize {
        try reading { db in
            let pages = try Int.fetchOne(db, sql: "PRAGMA page_count") ?? 0
            let free = try Int.fetchOne(db, sql: "PRAGMA freelist_count") ?? 0
            let page = try Int.fetchOne(db, sql: "PRAGMA page_size") ?? 0
            let last = try Int64.fetchOne(db, sql: "SELECT max(id) FROM task") ?? 0
            let indexed = try Meta.value(.indexed, db)
            return HistorySize(
                tasks: Int(try Meta.value(.tasks, db)), bytes: (pages - free) * page,
                unindexed: configuration.isIndexed ? Int(max(0, last - indexed)) : 0)
        }
    }

    /// Runs `body` on a reading connection, which sees one moment.
    func reading<Result>(_ body: (Database) throws -> Result) throws(HistoryError) -> Result {
        try Self.translating(configuration.path) { try pool.read(body) }
    }

    /// SQLite's errors as ours.
    static func translating<Result>(_ path: String, _ body: () throws -> Result) throws(HistoryError) -> Result {
        do {
            return try body()
        } catch let error as HistoryError {
            throw error
        } catch let error as DatabaseError {
            throw HistoryError(error, path)
        } catch {
            throw HistoryError(.unavailable, "The history in \(path) does not work: \(error)")
        }
    }
}

extension HistoryError {
    init(_ error: DatabaseError, _ path: String) {
        let reason = error.message ?? "\(error.resultCode)"
        switch error.resultCode.primaryResultCode {
        case .SQLITE_FULL:
            self.init(.full, "There is no room to write the history to \(path): \(reason). Free some space.")
        case .SQLITE_READONLY, .SQLITE_PERM:
            self.init(.readOnly, "The history in \(path) cannot be written: \(reason).")
        case .SQLITE_CORRUPT, .SQLITE_NOTADB:
            self.init(.damaged, "The history in \(path) is damaged: \(reason).")
        case .SQLITE_IOERR, .SQLITE_CANTOPEN:
            self.init(.unavailable, "The history in \(path) cannot be reached: \(reason).")
        case .SQLITE_BUSY, .SQLITE_LOCKED:
            self.init(.unavailable, "The history in \(path) is in use by another process: \(reason).")
        default: self.init(.unavailable, "The history in \(path) does not work: \(reason).")
        }
    }
}
