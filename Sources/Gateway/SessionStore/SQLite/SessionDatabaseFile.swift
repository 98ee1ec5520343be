import Foundation
import GRDB
import Glibc
import Logging

/// Opens the database file: private, ours, of a version we know, sound. A damaged one of ours is moved aside, since
/// losing sessions means signing in again, and not starting would mean nobody gets in.
struct SessionDatabaseFile {
    let path: String
    let logger: Logger
    /// Unix seconds, for the name of a file that is moved aside.
    let now: Double

    struct Contents: Sendable {
        let queue: DatabaseQueue
        let sessions: [Session]
        let dataVersion: Int
    }

    /// The open database and what it holds. Blocks.
    func open(idle: Double) throws -> Contents {
        try makePrivate()
        do {
            return try openSound(idle: idle)
        } catch let error as DatabaseError where error.meansDamage {
            let aside = try moveAside()
            logger.error(
                """
                The session database is damaged and was moved aside; a new one was made and everybody has to sign in \
                again
                """,
                metadata: ["path": "\(path)", "moved_to": "\(aside)", "reason": "\(error.resultCode)"])
            try makePrivate()
            do { return try openSound(idle: idle) } catch let error as DatabaseError {
                throw inaccessible("open", error)
            }
        } catch let error as DatabaseError {
            throw inaccessible("open", error)
        }
    }

    private func openSound(idle: Double) throws -> Contents {
        var configuration = Configuration()
        configuration.journalMode = .wal
        configuration.busyMode = .timeout(5)
        configuration.label = "calyx.sessions"
        configuration.prepareDatabase { db in
            // An ended session must not come back after a power failure.
            try db.execute(sql: "PRAGMA synchronous = FULL; PRAGMA trusted_schema = OFF")
        }
        let queue = try DatabaseQueue(path: path, configuration: configuration)
        let (sessions, version) = try queue.write { db in
            try checkSchema(db)
            return (try SessionDatabase.sessions(db, idle: idle), try SessionDatabase.dataVersion(db))
        }
        return Contents(queue: queue, sessions: sessions, dataVersion: version)
    }

    /// Makes the schema in a new file; in another, checks that it is ours, not of a later version, and sound.
    private func checkSchema(_ db: Database) throws {
        let applicationID = try Int.fetchOne(db, sql: "PRAGMA application_id") ?? 0
        let version = try Int.fetchOne(db, sql: "PRAGMA user_version") ?? 0
        if applicationID == 0, version == 0, try Int.fetchOne(db, sql: "SELECT count(*) FROM sqlite_master") == 0 {
            return try SessionDatabase.createSchema(db)
        }
        guard applicationID == SessionDatabase.applicationID else {
            throw SessionStoreError(
                .foreignDatabase,
                "\(path) is a database of another program, not sessions of Calyx; it is left as it is.")
        }
        guard version <= SessionDatabase.schemaVersion else {
            throw SessionStoreError(
                .newerSchema,
                """
                \(path) was written by a later version of Calyx (schema \(version); this one knows \
                \(SessionDatabase.schemaVersion)). Start that version, or move the file away: everybody then signs \
                in again.
                """)
        }
        guard try String.fetchOne(db, sql: "PRAGMA quick_check(1)") == "ok" else {
            throw DatabaseError(resultCode: .SQLITE_CORRUPT)
        }
    }

    /// Creates directory (0700) and file (0600) when they are missing and takes other people's rights off the file.
    private func makePrivate() throws {
        let directory = (path as NSString).deletingLastPathComponent
        if !directory.isEmpty, !FileManager.default.fileExists(atPath: directory) {
            do {
                try FileManager.default.createDirectory(
                    atPath: directory, withIntermediateDirectories: true, attributes: [.posixPermissions: 0o700])
            } catch {
                throw SessionStoreError(.inaccessible, "Cannot create the directory \(directory): \(error)")
            }
        }
        let descriptor = Glibc.open(path, O_RDWR | O_CREAT | O_CLOEXEC | O_NOFOLLOW, 0o600)
        guard descriptor >= 0 else { throw inaccessible("open", errno) }
        defer { close(descriptor) }
        var status = stat()
        guard fstat(descriptor, &status) == 0 else { throw inaccessible("examine", errno) }
        guard status.st_mode & S_IFMT == S_IFREG else { throw inaccessible("open", EINVAL) }
        if status.st_mode & 0o077 != 0, fchmod(descriptor, 0o600) != 0 {
            throw inaccessible("make private", errno)
        }
    }

    private func moveAside() throws -> String {
        let time = Date(timeIntervalSince1970: now).ISO8601Format()
        var aside = "\(path).corrupt-\(time.filter { $0 != ":" && $0 != "-" })"
        var attempt = 1
        while access(aside, F_OK) == 0 {
            attempt += 1
            aside = "\(path).corrupt-\(time.filter { $0 != ":" && $0 != "-" })-\(attempt)"
        }
        for suffix in ["", "-wal", "-shm"] where rename(path + suffix, aside + suffix) != 0 {
            if suffix.isEmpty || errno != ENOENT { throw inaccessible("move aside", errno) }
        }
        return aside
    }

    private func inaccessible(_ action: String, _ code: Int32) -> SessionStoreError {
        SessionStoreError(
            .inaccessible, "Cannot \(action) the session database \(path): \(String(cString: strerror(code)))")
    }

    private func inaccessible(_ action: String, _ error: DatabaseError) -> SessionStoreError {
        SessionStoreError(
            .inaccessible, "Cannot \(action) the session database \(path): \(error.message ?? "\(error.resultCode)")")
    }
}

extension DatabaseError {
    /// SQLITE_ERROR: a file that says it is ours lacks a table or column of ours.
    fileprivate var meansDamage: Bool {
        resultCode == .SQLITE_CORRUPT || resultCode == .SQLITE_NOTADB || resultCode == .SQLITE_ERROR
    }
}
