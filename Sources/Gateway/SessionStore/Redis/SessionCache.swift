import Identity

/// What one gateway remembers of sessions in Redis: good for a second without asking again. Pure: no I/O, no clock.
struct SessionCache: Sendable {
    private struct Entry: Sendable {
        /// When Redis confirmed the session last, monotonic seconds.
        var confirmed: Double
        /// The `lastSeen` that Redis had or got then.
        var seen: Double
    }

    /// Seconds for which an answer of Redis holds. An end in another gateway is known after this at the latest.
    static let confirmation = 1.0
    /// Entries that nobody asked for go after this many seconds.
    private static let memory = 600.0

    private var table: SessionTable
    private var entries: [SessionID: Entry] = [:]
    private let limits: SessionLimits

    init(limits: SessionLimits) {
        self.limits = limits
        table = SessionTable(limits: limits)
    }

    /// The session when Redis confirmed it within the last second; `.unknown` when Redis must be asked.
    mutating func recall(_ id: SessionID, isUse: Bool, at now: ClockReading) -> SessionRecall {
        guard let entry = entries[id], now.monotonic - entry.confirmed < Self.confirmation,
            let session = isUse ? table.use(id, at: now) : table.peek(id, at: now)
        else { return .unknown }
        return .live(session)
    }

    /// Takes what Redis said of a session; nil when it is over by one of this gateway's clocks.
    ///
    /// A session that nobody used since this gateway looked last keeps the deadlines that it had here: setting the wall
    /// clock back extends nothing.
    mutating func confirm(_ session: Session, isUse: Bool, at now: ClockReading) -> Session? {
        if let entry = entries[session.id], abs(entry.seen - session.lastSeen) < 0.002 {
            table.adopt(session, at: now)
        } else {
            let absolute = table.absoluteDeadline(of: session.id)
            table.remove([session.id])
            table.insert(session, at: now, notBeyond: absolute)
        }
        guard let found = isUse ? table.use(session.id, at: now) : table.peek(session.id, at: now) else { return nil }
        entries[session.id] = Entry(confirmed: now.monotonic, seen: isUse ? now.wall : session.lastSeen)
        return found
    }

    mutating func forget(_ ids: some Sequence<SessionID>) {
        let ids = Array(ids)
        table.remove(ids)
        for id in ids { entries[id] = nil }
    }

    /// Messages may have been missed: everything is asked for again.
    mutating func doubtAll() {
        for id in entries.keys { entries[id]?.confirmed = -.infinity }
    }

    /// Drops what is over and what was not asked for in a while.
    mutating func sweep(at now: ClockReading) {
        forget(entries.filter { now.monotonic - $0.value.confirmed > Self.memory }.map(\.key))
        if entries.count > limits.sessions { forget(Array(entries.keys.prefix(entries.count - limits.sessions))) }
    }
}
