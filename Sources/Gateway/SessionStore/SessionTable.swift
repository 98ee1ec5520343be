import Identity

/// Every live session in memory: looked up on event loops, changed together with the database. Pure: no I/O, no clock.
struct SessionTable: Sendable {
    private struct Entry: Sendable {
        var session: Session
        /// The same deadlines on the monotonic clock.
        var idleDeadline: Double
        let absoluteDeadline: Double
        /// The `lastSeen` that the database has.
        var storedLastSeen: Double

        func isLive(at now: ClockReading) -> Bool {
            now.wall < session.idleExpires && now.wall < session.absoluteExpires && now.monotonic < idleDeadline
                && now.monotonic < absoluteDeadline
        }
    }

    /// A `lastSeen` that the database does not have yet.
    struct Touch: Sendable, Equatable {
        let id: SessionID
        let lastSeen: Double
    }

    private var entries: [SessionID: Entry] = [:]
    private let limits: SessionLimits

    init(limits: SessionLimits) { self.limits = limits }

    var count: Int { entries.count }
    var ids: [SessionID] { Array(entries.keys) }

    /// The session if it is live, counted as used now.
    mutating func use(_ id: SessionID, at now: ClockReading) -> Session? {
        guard let index = entries.index(forKey: id), entries.values[index].isLive(at: now) else { return nil }
        entries.values[index].session.lastSeen = now.wall
        let absoluteExpires = entries.values[index].session.absoluteExpires
        entries.values[index].session.idleExpires = min(now.wall + limits.idle, absoluteExpires)
        entries.values[index].idleDeadline = now.monotonic + limits.idle
        return entries.values[index].session
    }

    func peek(_ id: SessionID, at now: ClockReading) -> Session? {
        guard let entry = entries[id], entry.isLive(at: now) else { return nil }
        return entry.session
    }

    /// Adds a new session, or one that the database has. An entry that is there keeps its own, fresher times.
    ///
    /// - Parameter latest: monotonic seconds at which it ends in any case, when that is known from before.
    mutating func insert(_ session: Session, at now: ClockReading, notBeyond latest: Double? = nil) {
        guard entries[session.id] == nil else { return }
        // What the wall clock says is left counts, but never more than a whole period: the clock may have been set back
        // while the program did not run.
        let idleLeft = min(session.idleExpires - now.wall, limits.idle)
        let absoluteLeft = min(session.absoluteExpires - now.wall, limits.absolute)
        entries[session.id] = Entry(
            session: session, idleDeadline: now.monotonic + idleLeft,
            absoluteDeadline: min(now.monotonic + absoluteLeft, latest ?? .infinity),
            storedLastSeen: session.lastSeen)
    }

    func absoluteDeadline(of id: SessionID) -> Double? { entries[id]?.absoluteDeadline }

    /// Adds a session that the database has, or takes over from it who an entry belongs to now.
    mutating func adopt(_ session: Session, at now: ClockReading) {
        insert(session, at: now)
        update(session.id) {
            $0.principal = session.principal
            $0.membershipChecked = max($0.membershipChecked, session.membershipChecked)
        }
    }

    mutating func remove(_ ids: some Sequence<SessionID>) {
        for id in ids { entries.removeValue(forKey: id) }
    }

    /// The live sessions that `isWanted` takes.
    func sessions(at now: ClockReading, where isWanted: (Session) -> Bool) -> [Session] {
        entries.values.filter { $0.isLive(at: now) && isWanted($0.session) }.map(\.session)
    }

    /// The sessions of one principal, live or not.
    func ids(of owner: SessionOwner) -> [SessionID] {
        entries.values.filter { owner.owns($0.session) }.map(\.session.id)
    }

    /// Takes over what a check of the membership found.
    mutating func update(_ id: SessionID, _ change: (inout Session) -> Void) {
        guard let index = entries.index(forKey: id) else { return }
        change(&entries.values[index].session)
    }

    /// The sessions that no longer live.
    func expired(at now: ClockReading) -> [SessionID] {
        entries.values.filter { !$0.isLive(at: now) }.map(\.session.id)
    }

    /// Which sessions must end so that `principal` can have one more: its own idlest when it has its share, else the
    /// idlest of all when the table is full.
    func victims(toAdmit principal: Principal) -> [SessionID] {
        let owner = SessionOwner(principal)
        let own = entries.values.filter { owner.owns($0.session) }
        if own.count >= limits.sessionsPerPrincipal {
            return Self.idlest(own, own.count - limits.sessionsPerPrincipal + 1)
        }
        if entries.count >= limits.sessions {
            return Self.idlest(Array(entries.values), entries.count - limits.sessions + 1)
        }
        return []
    }

    private static func idlest(_ entries: [Entry], _ count: Int) -> [SessionID] {
        if count == 1 { return entries.min { $0.idleDeadline < $1.idleDeadline }.map { [$0.session.id] } ?? [] }
        return entries.sorted { $0.idleDeadline < $1.idleDeadline }.prefix(count).map(\.session.id)
    }

    /// The uses that the database has not seen, if they are at least `age` seconds newer than what it has. They count
    /// as stored from now on.
    mutating func takeTouches(atLeast age: Double) -> [Touch] {
        var touches: [Touch] = []
        for index in entries.values.indices {
            let entry = entries.values[index]
            guard abs(entry.session.lastSeen - entry.storedLastSeen) >= max(age, .ulpOfOne) else { continue }
            touches.append(Touch(id: entry.session.id, lastSeen: entry.session.lastSeen))
            entries.values[index].storedLastSeen = entry.session.lastSeen
        }
        return touches
    }
}
