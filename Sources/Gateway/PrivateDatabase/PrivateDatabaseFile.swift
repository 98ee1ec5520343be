import Foundation
import GRDB
import Glibc
import Logging

/// One SQLite file of ours: private, of a version we know, sound. A damaged one is moved aside, since not starting would
/// mean that nobody gets in.
package struct PrivateDatabaseFile: Sendable {
    /// Tells our files from other SQLite files.
    package struct Kind: Sendable {
        /// As in `the session database`.
        package let name: String
        package let applicationID: Int
        /// From 1.
        package let schemaVersion: Int
        /// What a new file instead of a damaged one means, as the end of a sentence.
        package let consequenceOfLoss: String
        /// Brings a database from one version to the next; from 0 it makes the schema.
        package let migrate: @Sendable (Database, _ from: Int) throws -> Void

        package init(
            name: String, applicationID: Int, schemaVersion: Int, consequenceOfLoss: String,
            migrate: @escaping @Sendable (Database, _ from: Int) throws -> Void
        ) {
            self.name = name
            self.applicationID = applicationID
            self.schemaVersion = schemaVersion
            self.consequenceOfLoss = consequenceOfLoss
            self.migrate = migrate
        }
    }

    package let kind: Kind
    package let path: String
    private let logger: Logger
    /// Unix seconds, for the name of a file that is moved aside.
    private let now: Double

    package init(_ kind: Kind, path: String, logger: Logger, now: Double) {
        self.kind = kind
        self.path = path
        self.logger = logger
        self.now = now
    }

    /// What `read` finds in the open database, and the database. Blocks.
    ///
    /// - Parameter read: an error of SQLite in it counts as damage.
    package func open<Contents>(_ read: (Database) throws -> Contents) throws -> (DatabaseQueue, Contents) {
        try open(make: { try DatabaseQueue(path: path, configuration: $0) }, read)
    }

    /// The same with a pool, whose readers do not wait for the writer.
    package func openPool<Contents>(_ read: (Database) throws -> Contents) throws -> (DatabasePool, Contents) {
        try open(
            make: {
                var configuration = $0
                configuration.maximumReaderCount = 3
                return try DatabasePool(path: path, configuration: configuration)
            }, read)
    }

    /// Runs blocking work off the cooperative pool and off every event loop.
    package static func offPool<Value: Sendable>(
        _ work: @escaping @Sendable () throws -> Value
    ) async throws -> Value {
        try await withCheckedThrowingContinuation { continuation in
            DispatchQueue(label: "calyx.database.open").async { continuation.resume(with: Result { try work() }) }
        }
    }

    private func open<Writer: DatabaseWriter, Contents>(
        make: (Configuration) throws -> Writer, _ read: (Database) throws -> Contents
    ) throws -> (Writer, Contents) {
        try makePrivate()
        do {
            return try openSound(make, read)
        } catch let error as DatabaseError where error.meansDamage {
            let aside = try moveAside()
            logger.error(
                "The \(kind.name) is damaged and was moved aside; a new one was made and \(kind.consequenceOfLoss)",
                metadata: ["path": "\(path)", "moved_to": "\(aside)", "reason": "\(error.resultCode)"])
            try makePrivate()
            do { return try openSound(make, read) } catch let error as DatabaseError {
                throw inaccessible("open", error)
            }
        } catch let error as DatabaseError {
            throw inaccessible("open", error)
        }
    }

    private func openSound<Writer: DatabaseWriter, Contents>(
        _ make: (Configuration) throws -> Writer, _ read: (Database) throws -> Contents
    ) throws -> (Writer, Contents) {
        var configuration = Configuration()
        configuration.journalMode = .wal
        configuration.busyMode = .timeout(5)
        configuration.label = "calyx.\(kind.name)"
        configuration.prepareDatabase { db in
            // What was ended, revoked or recorded must be so after a power failure, too.
            try db.execute(sql: "PRAGMA synchronous = FULL; PRAGMA trusted_schema = OFF")
        }
        let writer = try make(configuration)
        let contents = try writer.write { db in
            try checkSchema(db)
            return try read(db)
        }
        return (writer, contents)
    }

    /// Makes the schema in a new file; in another, checks that it is ours, not of a later version, and sound.
    private func checkSchema(_ db: Database) throws {
        let applicationID = try Int.fetchOne(db, sql: "PRAGMA application_id") ?? 0
        var version = try Int.fetchOne(db, sql: "PRAGMA user_version") ?? 0
        let isNew =
            try applicationID == 0 && version == 0 && Int.fetchOne(db, sql: "SELECT count(*) FROM sqlite_master") == 0
        guard isNew || applicationID == kind.applicationID else {
            throw PrivateDatabaseError(
                .foreignDatabase,
                "\(path) is a database of another program, not the \(kind.name) of Calyx; it is left as it is.")
        }
        guard version <= kind.schemaVersion else {
            throw PrivateDatabaseError(
                .newerSchema,
                """
                \(path) was written by a later version of Calyx (schema \(version); this one knows \
                \(kind.schemaVersion)). Start that version, or move the file away: then \(kind.consequenceOfLoss).
                """)
        }
        guard try isNew || String.fetchOne(db, sql: "PRAGMA quick_check(1)") == "ok" else {
            throw DatabaseError(resultCode: .SQLITE_CORRUPT)
        }
        guard version < kind.schemaVersion else { return }
        while version < kind.schemaVersion {
            try kind.migrate(db, version)
            version += 1
        }
        try db.execute(sql: "PRAGMA application_id = \(kind.applicationID); PRAGMA user_version = \(version)")
    }

    /// Creates directory (0700) and file (0600) when they are missing and takes other people's rights off the file.
    private func makePrivate() throws {
        let directory = (path as NSString).deletingLastPathComponent
        if !directory.isEmpty, !FileManager.default.fileExists(atPath: directory) {
            do {
                try FileManager.default.createDirectory(
                    atPath: directory, withIntermediateDirectories: true, attributes: [.posixPermissions: 0o700])
            } catch {
                throw PrivateDatabaseError(.inaccessible, "Cannot create the directory \(directory): \(error)")
            }
        }
        let isNew = access(path, F_OK) != 0
        let descriptor = Glibc.open(path, O_RDWR | O_CREAT | O_CLOEXEC | O_NOFOLLOW, 0o600)
        guard descriptor >= 0 else { throw inaccessible("open", errno) }
        defer { close(descriptor) }
        var status = stat()
        guard fstat(descriptor, &status) == 0 else { throw inaccessible("examine", errno) }
        guard status.st_mode & S_IFMT == S_IFREG else { throw inaccessible("open", EINVAL) }
        // A command that root gives must not take the file away from the user whom the service runs as.
        var home = stat()
        if isNew, geteuid() == 0, stat(directory.isEmpty ? "." : directory, &home) == 0, home.st_uid != 0,
            fchown(descriptor, home.st_uid, home.st_gid) != 0
        {
            throw inaccessible("hand over", errno)
        }
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

    private func inaccessible(_ action: String, _ code: Int32) -> PrivateDatabaseError {
        PrivateDatabaseError(
            .inaccessible, "Cannot \(action) the \(kind.name) \(path): \(String(cString: strerror(code)))")
    }

    private func inaccessible(_ action: String, _ error: DatabaseError) -> PrivateDatabaseError {
        PrivateDatabaseError(
            .inaccessible, "Cannot \(action) the \(kind.name) \(path): \(error.message ?? "\(error.resultCode)")")
    }
}

extension DatabaseError {
    /// SQLITE_ERROR: a file that says it is ours lacks a table or column of ours.
    fileprivate var meansDamage: Bool {
        resultCode == .SQLITE_CORRUPT || resultCode == .SQLITE_NOTADB || resultCode == .SQLITE_ERROR
    }
}
