import Dispatch
import GRDB
import Glibc
import Identity
import Logging
import Synchronization

/// Sessions in one SQLite file, for one gateway; all of them are also in memory, where look-ups happen.
///
/// Structural changes touch the database first and the memory in the same turn of GRDB's serial queue, so that the two
/// never disagree for longer than that. Another process may end sessions in the file at any time (`calyx password
/// reset`); a look at SQLite's data version twice a second brings that into memory.
package final class SQLiteSessionStore: SessionStore {
    let queue: DatabaseQueue
    let table: Mutex<SessionTable>
    let limits: SessionLimits
    let now: @Sendable () -> ClockReading
    let logger: Logger
    let upkeep: SessionUpkeep
    /// Writes that wait for GRDB's queue or run.
    private let pendingWrites = Atomic(0)

    /// Opens or creates the file, mode 0600.
    ///
    /// A damaged file of ours is moved to `<path>.corrupt-<time>` with an error in the log.
    /// - Throws: `SessionStoreError` for a file of a later version, of another program, or one that cannot be used.
    package init(
        path: String, limits: SessionLimits = SessionLimits(), logger: Logger,
        now: @escaping @Sendable () -> ClockReading = ClockReading.system
    ) async throws {
        let reading = now()
        let file = SessionDatabaseFile(path: path, logger: logger, now: reading.wall)
        let contents = try await Self.onOwnQueue { try file.open(idle: limits.idle) }
        var table = SessionTable(limits: limits)
        for session in contents.sessions { table.insert(session, at: reading) }
        queue = contents.queue
        self.table = Mutex(table)
        self.limits = limits
        self.now = now
        self.logger = logger
        upkeep = SessionUpkeep(dataVersion: contents.dataVersion)
        upkeep.start { [weak self] in self?.maintain() }
    }

    deinit { upkeep.stop() }

    package var sessionCount: Int { table.withLock { $0.count } }

    package func session(for token: String) -> Session? {
        guard let id = SessionID(token: token) else { return nil }
        let reading = now()
        return table.withLock { $0.use(id, at: reading) }
    }

    package func peek(token: String) -> Session? {
        guard let id = SessionID(token: token) else { return nil }
        let reading = now()
        return table.withLock { $0.peek(id, at: reading) }
    }

    package func create(
        for principal: Principal, userAgent: String, address: String
    ) async throws -> (token: String, session: Session) {
        let random = SessionToken.random()
        let reading = now()
        let session = Session(
            id: SessionID(hashing: random), principal: principal, csrfToken: SessionToken.text(SessionToken.random()),
            created: reading.wall, lastSeen: reading.wall,
            idleExpires: reading.wall + min(limits.idle, limits.absolute),
            absoluteExpires: reading.wall + limits.absolute, userAgent: String(userAgent.prefix(256)),
            address: String(address.prefix(64)))
        try await write { [self] db in
            let (over, victims) = table.withLock { table in
                let over = table.expired(at: reading)
                table.remove(over)
                return (over, table.victims(toAdmit: principal))
            }
            try SessionDatabase.delete(over + victims, db)
            try SessionDatabase.insert(session, db)
            return { table in
                table.remove(victims)
                table.insert(session, at: reading)
            }
        }
        return (SessionToken.text(random), session)
    }

    package func end(token: String) async throws {
        guard let id = SessionID(token: token) else { return }
        // At once for this gateway, even when the disk is slow or full.
        table.withLock { $0.remove([id]) }
        try await write { db in
            try SessionDatabase.delete([id], db)
            return { $0.remove([id]) }
        }
    }

    package func endAll(provider: String, subject: String) async throws {
        table.withLock { $0.remove($0.ids(provider: provider, subject: subject)) }
        try await write { db in
            _ = try SessionDatabase.deleteAll(provider: provider, subject: subject, db)
            return { $0.remove($0.ids(provider: provider, subject: subject)) }
        }
    }

    package func begin(flow: SignInFlow, browser: String) async throws {
        let (limits, wall) = (limits, now().wall)
        // Anybody can begin sign-ins: they must not crowd out those who end sessions or finish signing in.
        try await write(limit: 128) { db in
            try FlowDatabase.insert(flow, browser: browser, limits: limits, now: wall, db)
            return { _ in }
        }
    }

    package func take(flowState: String, browser: String) async throws -> SignInFlow? {
        let wall = now().wall
        let taken = Mutex<SignInFlow?>(nil)
        try await write { db in
            let flow = try FlowDatabase.take(state: flowState, browser: browser, now: wall, db)
            taken.withLock { $0 = flow }
            return { _ in }
        }
        return taken.withLock { $0 }
    }

    /// Stores what is not yet in the file and closes it. Later calls throw or find nothing.
    package func close() async throws {
        guard upkeep.close() else { return }
        try await write(closing: true) { [self] db in
            try SessionDatabase.store(table.withLock { $0.takeTouches(atLeast: 0) }, db)
            return { $0.remove($0.ids) }
        }
        let queue = queue
        try await Self.onOwnQueue { try queue.close() }
    }

    /// Ends every session of one principal in a database that a gateway may have open, which notices within a second.
    /// Makes no database where there is none.
    /// - Returns: how many sessions there were.
    package static func endSessions(provider: String, subject: String, path: String, logger: Logger) async throws -> Int
    {
        guard access(path, F_OK) == 0 else { return 0 }
        let file = SessionDatabaseFile(path: path, logger: logger, now: ClockReading.system().wall)
        return try await onOwnQueue {
            let queue = try file.open(idle: SessionLimits().idle).queue
            let count = try queue.write { try SessionDatabase.deleteAll(provider: provider, subject: subject, $0) }
            try queue.close()
            return count
        }
    }

    /// Runs `body` in a transaction on GRDB's queue, and once it is committed, there too, the change of memory that it
    /// returned. Not interrupted when the task is cancelled: a sign-out holds though the browser has gone.
    private func write(
        closing: Bool = false, limit: Int = 1024,
        _ body: @escaping @Sendable (Database) throws -> (@Sendable (inout SessionTable) -> Void)
    ) async throws {
        guard !upkeep.isClosed || closing else { throw SessionStoreError(.closed, "The session database is closed") }
        let waiting = pendingWrites.add(1, ordering: .relaxed).oldValue
        defer { pendingWrites.subtract(1, ordering: .relaxed) }
        guard waiting < limit else {
            throw SessionStoreError(.overloaded, "Too many changes wait for the session database")
        }
        try await withCheckedThrowingContinuation { (continuation: CheckedContinuation<Void, any Error>) in
            queue.asyncWriteWithoutTransaction { [self] db in
                continuation.resume(
                    with: Result {
                        var change: (@Sendable (inout SessionTable) -> Void)?
                        try db.inTransaction(.immediate) {
                            change = try body(db)
                            return .commit
                        }
                        table.withLock { change?(&$0) }
                    })
            }
        }
    }

    /// Runs blocking work off the cooperative pool.
    private static func onOwnQueue<Value: Sendable>(
        _ work: @escaping @Sendable () throws -> Value
    ) async throws -> Value {
        try await withCheckedThrowingContinuation { continuation in
            DispatchQueue(label: "calyx.sessions.open").async { continuation.resume(with: Result { try work() }) }
        }
    }
}
