package import ClusterState

extension TaskSnapshot {
    /// What is known of one task by two that each saw a part of its events: `self` is stored, `newer` comes from memory,
    /// which may have begun in the middle. The rules are those of memory: what has ended stays, but for SUCCESS and for a
    /// new attempt that began later.
    package func merged(with newer: TaskSnapshot) -> TaskSnapshot {
        var merged = newer.holdsState(against: self) ? newer : self
        let other = merged == newer ? self : newer
        merged.name = merged.name ?? other.name
        merged.received = merged.received ?? other.received
        merged.sent = merged.sent ?? other.sent
        merged.started = merged.started ?? other.started
        merged.succeeded = merged.succeeded ?? other.succeeded
        merged.failed = merged.failed ?? other.failed
        merged.retried = merged.retried ?? other.retried
        merged.revoked = merged.revoked ?? other.revoked
        merged.rejected = merged.rejected ?? other.rejected
        merged.args = merged.args ?? other.args
        merged.kwargs = merged.kwargs ?? other.kwargs
        merged.result = merged.result ?? other.result
        merged.exception = merged.exception ?? other.exception
        merged.traceback = merged.traceback ?? other.traceback
        merged.eta = merged.eta ?? other.eta
        merged.expires = merged.expires ?? other.expires
        merged.runtime = merged.runtime ?? other.runtime
        merged.exchange = merged.exchange ?? other.exchange
        merged.routingKey = merged.routingKey ?? other.routingKey
        merged.queue = merged.queue ?? other.queue
        merged.client = merged.client ?? other.client
        merged.worker = merged.worker ?? other.worker
        merged.rootID = merged.rootID ?? other.rootID
        merged.parentID = merged.parentID ?? other.parentID
        merged.signal = merged.signal ?? other.signal
        merged.isTerminated = merged.isTerminated ?? other.isTerminated
        merged.isExpired = merged.isExpired ?? other.isExpired
        merged.clock = merged.clock ?? other.clock
        merged.textIsCut = merged.textIsCut || other.textIsCut
        if let retries = other.retries { merged.retries = max(merged.retries ?? 0, retries) }
        var attempts = Dictionary(merged.attempts.map { ($0.time, $0) }, uniquingKeysWith: { first, _ in first })
        for attempt in other.attempts where attempts[attempt.time] == nil { attempts[attempt.time] = attempt }
        merged.attempts = attempts.values.sorted { $0.time < $1.time }
        return merged
    }

    /// Whether the state of `self` stands when the other one says something else.
    private func holdsState(against other: TaskSnapshot) -> Bool {
        let time = timestamp ?? -.infinity
        let otherTime = other.timestamp ?? -.infinity
        switch (state.isFinal, other.state.isFinal) {
        case (true, true): return state == other.state ? time >= otherTime : state == .success
        case (true, false): return time >= otherTime
        case (false, true): return time > otherTime
        case (false, false): return time == otherTime ? state.order >= other.state.order : time > otherTime
        }
    }
}

extension TaskState {
    fileprivate var isFinal: Bool { self == .success || self == .failure || self == .revoked }

    /// Later in the life of an attempt is higher.
    fileprivate var order: Int {
        switch self {
        case .pending: 0
        case .received: 1
        case .started: 2
        default: 3
        }
    }
}
