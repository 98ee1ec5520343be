import APITokens
import NIOCore
import SessionStore

/// Looks at the deadlines, twice a second for all connections of a loop.
extension RequestHandler {
    func tick(now: NIODeadline) {
        if let stalledSince = exchange.stalledSince, now - stalledSince > seconds(gateway.limits.stalledWriteTime) {
            gateway.counters.hit(.writeTime)
            return cutOff(.aborted, reason: "client_stalled")
        }
        switch exchange.phase {
        case .idle: tickIdle(now)
        case .deciding: break
        case .collecting: tickBody(now)
        case .forwarding:
            if exchange.isLiveStream, exchange.hasAnswerBegun { recheck(now) } else { tickBody(now) }
            if exchange.phase == .forwarding { tickCore(now) }
        case .answering:
            let limit = exchange.isLingering ? Self.lingerTime : gateway.limits.stalledWriteTime
            if now - exchange.since > seconds(limit) { close() }
        }
    }

    /// Seconds for which an idle connection stays open while the server stops.
    static let drainingIdleTime = 1
    /// Seconds for which the rest of an unwanted body is taken and dropped.
    private static let lingerTime = 2

    private func seconds(_ count: Int) -> TimeAmount { .seconds(Int64(count)) }

    private func tickIdle(_ now: NIODeadline) {
        guard !isHTTP2 else { return }
        let limits = gateway.limits
        if gate?.isInsideHead ?? false {
            let since = exchange.headSince ?? now
            exchange.headSince = since
            if now - since > seconds(limits.headTime) { close(for: .headerTime) }
        } else if loop.isDraining {
            // Long enough for a request that was under way when its sender had not heard of the stop.
            if now - exchange.since > seconds(Self.drainingIdleTime) { close() }
        } else if connection.requests == 0 {
            if now - exchange.since > seconds(limits.headTime) { close(for: .headerTime) }
        } else if now - exchange.since > seconds(limits.idleTime) {
            close(for: .idleTime)
        }
    }

    private func close(for limit: Limit) {
        gateway.counters.hit(limit)
        close()
    }

    /// A body must come at a minimum rate, or its sender holds the connection for nothing.
    private func tickBody(_ now: NIODeadline) {
        guard hasUnreadBody else { return }
        let elapsed = Int((now - exchange.started).nanoseconds / 1_000_000_000) - gateway.limits.bodyGrace
        guard elapsed > 0, exchange.bodyReceived < elapsed * gateway.limits.bodyRate else { return }
        guard exchange.upstream?.isWritable ?? true else { return }
        gateway.counters.hit(.bodyRate)
        exchange.mayContinue = false
        dropUpstream()
        guard !exchange.hasAnswerBegun else { return cutOff(.aborted, reason: "slow_body") }
        answer(gateway.errors.refused(Refusal(408, .framing, "The body did not come in time.")))
    }

    private func tickCore(_ now: NIODeadline) {
        let limits = gateway.limits
        let waited = now - exchange.since
        if exchange.upstream == nil {
            guard waited > seconds(limits.coreQueueTime) else { return }
            gateway.counters.hit(.coreConnections)
            coreFailed(503, reason: "core_queue")
        } else if !exchange.hasAnswerBegun {
            guard waited > seconds(limits.coreHeadTime) else { return }
            gateway.counters.hit(.coreTime)
            coreFailed(504, reason: "core_timeout")
        } else if waited > seconds(limits.coreIdleTime), exchange.stalledSince == nil {
            cutOff(.coreFailed, reason: "core_stalled")
        }
    }

    /// An open stream ends soon after the session that opened it.
    private func recheck(_ now: NIODeadline) {
        if let endsSince = exchange.endsSince, now - endsSince > seconds(Self.drainingIdleTime) { return endStream() }
        guard now - exchange.lastRecheck > seconds(gateway.limits.sessionRecheckTime), let caller = exchange.caller
        else {
            return
        }
        exchange.lastRecheck = now
        switch caller.proof {
        case .session(let token, _): recheck(session: token)
        case .token(let token):
            if gateway.tokens?.isLive(token) != true {
                cutOff(.aborted, reason: "token_revoked")
            }
        case .authorization:
            if now - exchange.streamStarted > seconds(gateway.limits.passwordStreamTime) { endStream() }
        case .anonymous: break
        }
    }

    private func recheck(session token: String) {
        let (sessions, memberships) = (gateway.sessions, gateway.memberships)
        switch sessions.recall(token, isUse: false) {
        case .none: return cutOff(.aborted, reason: "session_ended")
        case .live(let session): guard memberships.isDue(session) else { return }
        case .unknown: break
        }
        later {
            // A store that does not answer ends no stream; it is asked again with the next look.
            do {
                guard let session = try await sessions.find(token, isUse: false) else { return false }
                // Watching is no use of the session, so nobody else would ask whether the person still belongs.
                guard memberships.isDue(session) else { return true }
                return try await memberships.settle(session)
            } catch {
                return true
            }
        } then: { handler, isLive in
            if !isLive { handler.cutOff(.aborted, reason: "session_ended") }
        }
    }
}
