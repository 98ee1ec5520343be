internal import GRDB

/// The tables of a history file and how they came to be. A file is brought forward, never back: each step runs in a
/// transaction of its own together with the new version number, so that one that was interrupted runs again.
enum Schema {
    /// "CLYH": tells our files from other SQLite files, and from the sessions.
    static let applicationID = 0x434C_5948
    static let version = migrations.count

    /// `migrations[n]` leads from version n to n + 1. Never changed once released.
    static let migrations: [String] = [tables, textsByUse]

    private static let tables = """
        CREATE TABLE meta (key TEXT PRIMARY KEY NOT NULL, value INTEGER NOT NULL) STRICT, WITHOUT ROWID;
        INSERT INTO meta VALUES ('tasks', 0), ('indexed', 0), ('search', 1);
        CREATE TABLE word (id INTEGER PRIMARY KEY, text TEXT NOT NULL UNIQUE) STRICT;
        CREATE TABLE text (id INTEGER PRIMARY KEY, hash INTEGER NOT NULL, body TEXT NOT NULL) STRICT;
        CREATE INDEX text_by_hash ON text (hash);
        CREATE TABLE task (
            id INTEGER PRIMARY KEY AUTOINCREMENT,
            key INTEGER NOT NULL, uuid TEXT NOT NULL,
            state INTEGER NOT NULL, name INTEGER, worker INTEGER,
            timestamp REAL NOT NULL, received REAL, started REAL, succeeded REAL, failed REAL, retried REAL,
            revoked REAL, rejected REAL, sent REAL,
            runtime REAL, retries INTEGER, clock INTEGER, flags INTEGER NOT NULL,
            client INTEGER, queue INTEGER, exchange INTEGER, routing_key INTEGER,
            root TEXT, parent TEXT,
            args TEXT, kwargs TEXT, result TEXT, exception TEXT, traceback INTEGER,
            eta TEXT, expires TEXT, signal TEXT
        ) STRICT;
        CREATE INDEX task_by_key ON task (key);
        CREATE INDEX task_by_time ON task (timestamp, state, name, worker);
        CREATE INDEX task_by_parent ON task (parent) WHERE parent IS NOT NULL;
        CREATE INDEX task_by_odd_id ON task (uuid) WHERE flags & 32 != 0;
        CREATE INDEX task_by_traceback ON task (traceback) WHERE traceback IS NOT NULL;
        CREATE TABLE step (
            task INTEGER NOT NULL, time REAL NOT NULL, state INTEGER NOT NULL, worker INTEGER,
            exception INTEGER, traceback INTEGER,
            PRIMARY KEY (task, time, state)
        ) STRICT, WITHOUT ROWID;
        CREATE TABLE worker (
            id INTEGER PRIMARY KEY, hostname INTEGER NOT NULL, pid INTEGER NOT NULL, first_seen REAL NOT NULL,
            last_seen REAL NOT NULL, software INTEGER, processed INTEGER
        ) STRICT;
        CREATE INDEX worker_by_name ON worker (hostname, pid, last_seen);
        CREATE INDEX worker_by_time ON worker (last_seen);
        CREATE TABLE rate (
            start INTEGER NOT NULL, run INTEGER NOT NULL, name INTEGER NOT NULL, state INTEGER NOT NULL,
            count INTEGER NOT NULL,
            PRIMARY KEY (start, name, state, run)
        ) STRICT, WITHOUT ROWID;
        CREATE TABLE queue_depth (
            start INTEGER NOT NULL, queue INTEGER NOT NULL, messages INTEGER NOT NULL, highest INTEGER NOT NULL,
            PRIMARY KEY (start, queue)
        ) STRICT, WITHOUT ROWID;
        CREATE TABLE gap (
            start REAL NOT NULL, reason TEXT NOT NULL, end REAL, PRIMARY KEY (start, reason)
        ) STRICT, WITHOUT ROWID;
        CREATE TABLE late (id INTEGER PRIMARY KEY, version INTEGER NOT NULL, waits INTEGER NOT NULL) STRICT;
        CREATE INDEX late_waiting ON late (id) WHERE waits = 1;
        CREATE TABLE chunk (
            number INTEGER PRIMARY KEY, newest REAL NOT NULL, is_whole INTEGER NOT NULL, is_merged INTEGER NOT NULL
        ) STRICT;
        """

    /// When a text was used last, so that those nobody uses any more can go.
    private static let textsByUse = """
        ALTER TABLE text ADD COLUMN used REAL NOT NULL DEFAULT 0;
        UPDATE text SET used = (SELECT coalesce(max(timestamp), 0) FROM task);
        CREATE INDEX text_by_use ON text (used);
        """

    /// Brings the file forward to `version`, or refuses it.
    static func migrate(_ db: Database, path: String) throws {
        var present = try Int.fetchOne(db, sql: "PRAGMA user_version") ?? 0
        guard present <= version else {
            throw HistoryError(
                .newerSchema,
                "\(path) was written by a later version of Calyx (schema \(present); this one knows \(version)) and is "
                    + "left as it is. Start that version, or name another file with --db.")
        }
        while present < version {
            try db.inTransaction(.immediate) {
                try db.execute(sql: migrations[present])
                try db.execute(
                    sql: "PRAGMA application_id = \(applicationID); PRAGMA user_version = \(present + 1);")
                return .commit
            }
            present += 1
        }
    }
}
