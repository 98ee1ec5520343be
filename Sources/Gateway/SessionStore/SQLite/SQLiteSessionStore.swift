import GRDB
import Glibc
import Identity
import Logging
import PrivateDatabase
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
    private let sealing: SealingKeys
    private let claims = Mutex(CheckClaims())
    /// Writes that wait for GRDB's queue or run.
    private let pendingWrites = Atomic(0)

    /// Opens or creates the file, mode 0600.
    ///
    /// A damaged file of ours is moved to `<path>.corrupt-<time>` with an error in the log.
    /// - Parameter sealing: encrypts credentials.
    /// - Throws: `PrivateDatabaseError` for a file of a later version, of another program, or one that cannot be used.
    package init(
        path: String, sealing: SealingKeys, limits: SessionLimits = SessionLimits(), logger: Logger,
        now: @escaping @Sendable () -> ClockReading = ClockReading.system
    ) async throws {
        let reading = now()
        let file = PrivateDatabaseFile(SessionDatabase.kind, path: path, logger: logger, now: reading.wall)
        let (queue, contents) = try await PrivateDatabaseFile.offPool {
            try file.open {
                (sessions: try SessionDatabase.sessions($0, idle: limits.idle), version: try $0.dataVersion())
            }
        }
        var table = SessionTable(limits: limits)
        for session in contents.sessions { table.insert(session, at: reading) }
        self.queue = queue
        self.sealing = sealing
        self.table = Mutex(table)
        self.limits = limits
        self.now = now
        self.logger = logger
        upkeep = SessionUpkeep(dataVersion: contents.version)
        upkeep.start { [weak self] in self?.maintain() }
    }

    deinit { upkeep.stop() }

    package var sessionCount: Int { table.withLock { $0.count } }

    package func recall(_ id: SessionID, isUse: Bool) -> SessionRecall {
        let reading = now()
        let session = table.withLock { isUse ? $0.use(id, at: reading) : $0.peek(id, at: reading) }
        return session.map { .live($0) } ?? .none
    }

    package func find(_ token: String, isUse: Bool) async throws -> Session? {
        SessionID(token: token).flatMap { recall($0, isUse: isUse).session }
    }

    package func list(of owner: SessionOwner?) async throws -> [Session] {
        let reading = now()
        let sessions = table.withLock { $0.sessions(at: reading) { owner?.owns($0) ?? true } }
        return sessions.sorted { $0.lastSeen > $1.lastSeen }
    }

    package func create(
        for principal: Principal, credential: [UInt8]?, userAgent: String, address: String
    ) async throws -> (token: String, session: Session) {
        let reading = now()
        let (random, session) = Session.begin(
            for: principal, limits: limits, userAgent: userAgent, address: address, at: reading.wall)
        let sealed = try credential.map { try sealing.seal($0, record: session.id.bytes) }
        try await write { [self] db in
            let (over, victims) = table.withLock { table in
                let over = table.expired(at: reading)
                table.remove(over)
                return (over, table.victims(toAdmit: principal))
            }
            try SessionDatabase.delete(over + victims, db)
            try SessionDatabase.insert(session, credential: sealed, db)
            return { table in
                table.remove(victims)
                table.insert(session, at: reading)
            }
        }
        return (SessionToken.text(random), session)
    }

    package func end(token: String) async throws {
        guard let id = SessionID(token: token) else { return }
        try await end(id: id)
    }

    @discardableResult
    package func end(id: SessionID) async throws -> Session? {
        let reading = now()
        // At once for this gateway, even when the disk is slow or full.
        let session = table.withLock { table in
            let session = table.peek(id, at: reading)
            table.remove([id])
            return session
        }
        try await write { db in
            try SessionDatabase.delete([id], db)
            return { $0.remove([id]) }
        }
        return session
    }

    @discardableResult
    package func endAll(of owner: SessionOwner, except kept: SessionID?) async throws -> Int {
        table.withLock { table in table.remove(table.ids(of: owner).filter { $0 != kept }) }
        let count = Mutex(0)
        try await write { db in
            let ended = try SessionDatabase.deleteAll(of: owner, except: kept, db)
            count.withLock { $0 = ended }
            return { table in table.remove(table.ids(of: owner).filter { $0 != kept }) }
        }
        return count.withLock { $0 }
    }

    package func unchecked(since time: Double, limit: Int) async throws -> [Session] {
        let reading = now()
        let due = table.withLock { table in
            table.sessions(at: reading) { $0.membershipChecked < time && $0.lastSeen > $0.membershipChecked }
        }
        return Array(due.sorted { $0.membershipChecked < $1.membershipChecked }.prefix(limit))
    }

    package func claimCheck(of id: SessionID, for seconds: Double) async throws -> Bool {
        let monotonic = now().monotonic
        return claims.withLock { $0.claim(id, for: seconds, now: monotonic) }
    }

    package func credential(of id: SessionID) async throws -> [UInt8]? {
        guard let sealed = try await queue.read({ try SessionDatabase.credential(of: id, $0) }) else { return nil }
        return try sealing.open(sealed, record: id.bytes)
    }

    package func checked(_ id: SessionID, principal: Principal, credential: [UInt8]?) async throws {
        let wall = now().wall
        let sealed = try credential.map { try sealing.seal($0, record: id.bytes) }
        try await write { db in
            try SessionDatabase.update(id, principal: principal, credential: sealed, checked: wall, db)
            return { table in
                table.update(id) {
                    $0.principal = principal
                    $0.membershipChecked = wall
                }
            }
        }
        claims.withLock { $0.release(id) }
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
        try await PrivateDatabaseFile.offPool { try queue.close() }
    }

    /// Ends every session of one principal in a database that a gateway may have open, which notices within a second.
    /// Makes no database where there is none.
    /// - Returns: how many sessions there were.
    package static func endSessions(of owner: SessionOwner, path: String, logger: Logger) async throws -> Int {
        guard access(path, F_OK) == 0 else { return 0 }
        let file = PrivateDatabaseFile(
            SessionDatabase.kind, path: path, logger: logger, now: ClockReading.system().wall)
        return try await PrivateDatabaseFile.offPool {
            let (queue, _) = try file.open { _ in }
            let count = try queue.write { try SessionDatabase.deleteAll(of: owner, except: nil, $0) }
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
}
