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
    mutating func insert(_ session: Session, at now: ClockReading) {
        guard entries[session.id] == nil else { return }
        // What the wall clock says is left counts, but never more than a whole period: the clock may have been set back
        // while the program did not run.
        let idleLeft = min(session.idleExpires - now.wall, limits.idle)
        let absoluteLeft = min(session.absoluteExpires - now.wall, limits.absolute)
        entries[session.id] = Entry(
            session: session, idleDeadline: now.monotonic + idleLeft, absoluteDeadline: now.monotonic + absoluteLeft,
            storedLastSeen: session.lastSeen)
    }

    mutating func remove(_ ids: some Sequence<SessionID>) {
        for id in ids { entries.removeValue(forKey: id) }
    }

    /// The sessions of one principal.
    func ids(provider: String, subject: String) -> [SessionID] {
        entries.values.filter { $0.session.belongs(to: provider, subject) }.map(\.session.id)
    }

    /// The sessions that no longer live.
    func expired(at now: ClockReading) -> [SessionID] {
        entries.values.filter { !$0.isLive(at: now) }.map(\.session.id)
    }

    /// Which sessions must end so that `principal` can have one more: its own idlest when it has its share, else the
    /// idlest of all when the table is full.
    func victims(toAdmit principal: Principal) -> [SessionID] {
        let own = entries.values.filter { $0.session.belongs(to: principal.provider, principal.subject) }
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

extension Session {
    /// Compared as bytes: Swift's `==` takes differently composed letters as equal, and these must not share sessions.
    fileprivate func belongs(to provider: String, _ subject: String) -> Bool {
        principal.provider.utf8.elementsEqual(provider.utf8) && principal.subject.utf8.elementsEqual(subject.utf8)
    }
}
