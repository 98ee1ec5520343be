import APITokens
import AuditTrail
import Identity
import NIOConcurrencyHelpers
import SessionStore

/// The audit trail as the gateway uses it: who did what, in one place for all of the own pages.
struct AuditRecorder: Sendable {
    /// Nil: nothing is recorded.
    let trail: AuditTrail?
    private let told = RecentlyTold()

    init(_ trail: AuditTrail?) { self.trail = trail }

    /// Whether `key` was not told within the last hour. Bounded: with too many keys some are told more often.
    func isNews(_ key: String) -> Bool { told.isNews(key, now: trail?.time ?? 0) }

    func record(
        _ kind: AuditEvent.Kind, _ request: OwnRequest, by principal: Principal? = nil, with credential: String = "",
        action: String = "", reason: String = "", detail: String = ""
    ) {
        guard let trail else { return }
        var event = AuditEvent(kind, time: trail.time)
        if let principal { event.by(principal, with: credential) }
        event.client = request.view.client
        event.requestID = request.id
        event.action = action
        event.reason = reason
        event.detail = detail
        trail.record(event)
    }

    /// A sign-in that came to nothing. `name` is of a user that exists, or empty.
    func signInRefused(_ request: OwnRequest, provider: String, name: String, reason: String) {
        guard let trail else { return }
        guard reason != "throttled" || isNews("throttled\u{0}\(request.view.client)") else { return }
        var event = AuditEvent(.signInRefused, .refused, time: trail.time)
        event.provider = provider
        event.name = name
        event.client = request.view.client
        event.requestID = request.id
        event.reason = reason
        trail.record(event)
    }

    /// The background check of memberships ended a session.
    func sessionEnded(_ session: Session, reason: String) {
        guard let trail else { return }
        var event = AuditEvent(.sessionEnded, time: trail.time)
        event.by(session.principal, with: session.credentialName)
        event.reason = reason
        trail.record(event)
    }
}

/// Keys with the time when they were told last.
private final class RecentlyTold: Sendable {
    private static let capacity = 4096
    private static let interval = 3600.0

    private let times = NIOLockedValueBox<[String: Double]>([:])

    func isNews(_ key: String, now: Double) -> Bool {
        times.withLockedValue { times in
            if let time = times[key], abs(now - time) < Self.interval { return false }
            if times.count >= Self.capacity { times = times.filter { now - $0.value < Self.interval / 4 } }
            if times.count >= Self.capacity { times = [:] }
            times[key] = now
            return true
        }
    }
}

extension Session {
    /// As the audit trail and pages name it: `session 1a2b3c4d`.
    var credentialName: String { "session \(id.hex.prefix(8))" }
}

extension Caller {
    /// With what somebody showed who they are, as the audit trail names it.
    var credential: String {
        switch proof {
        case .session(let token, _): SessionID(token: token).map { "session \($0.hex.prefix(8))" } ?? "session"
        case .authorization: "password"
        case .token(let token): "token \(token.id)"
        case .anonymous: ""
        }
    }
}
