import Identity
import Logging
import NIOConcurrencyHelpers
import SessionStore

/// Checks memberships in the background: every session that was used since its last check, when that is old enough.
///
/// A session that was idle for longer than that is checked before its next use, by `isOverdue` and `settle`.
struct MembershipWatch: Sendable {
    let check: MembershipCheck
    /// Seconds between two checks of one session.
    let interval: Double
    let logger: Logger
    let now: @Sendable () -> Double
    /// Told of each session that a check ended.
    let onEnd: @Sendable (Session, _ reason: String) -> Void

    /// Checks at the same time.
    private static let width = 8

    /// Until the task is cancelled.
    func run() async {
        while !Task.isCancelled {
            do {
                let due = try await check.sessions.unchecked(since: now() - interval, limit: 256)
                await settleAll(due)
            } catch {
                logger.debug("memberships could not be checked", metadata: ["error": "\(error)"])
            }
            try? await Task.sleep(for: .seconds(min(10, max(interval / 4, 0.1))))
        }
    }

    /// Whether the membership should be looked at now.
    func isDue(_ session: Session) -> Bool { now() - session.membershipChecked > interval }

    /// Whether nobody has looked at the membership for so long that the next use has to wait for it.
    func isOverdue(_ session: Session) -> Bool { now() - session.membershipChecked > 2 * interval + 30 }

    /// Checks one session, and tells whether it lives on.
    ///
    /// - Parameter waits: for the end of a check that is under way already.
    func settle(_ session: Session, waits: Bool = false) async throws -> Bool {
        let verdict = try await check.check(session)
        switch verdict {
        case .goesOn: return true
        case .busy: return waits ? try await outcome(of: session) : true
        case .unknown(let reason):
            logger.warning(
                "a membership could not be checked; the session goes on",
                metadata: ["provider": "\(session.principal.provider)", "reason": "\(reason)"])
            return true
        case .ended(let reason):
            onEnd(session, reason)
            logger.notice(
                "a session was ended", metadata: ["principal": "\(session.principal.name)", "reason": "\(reason)"])
            return false
        }
    }

    /// What a check came to that somebody else makes; that it did not end the session when it takes long.
    private func outcome(of session: Session) async throws -> Bool {
        for _ in 0..<100 {
            try await Task.sleep(for: .milliseconds(100))
            let live = try await check.sessions.list(of: SessionOwner(session.principal))
            guard let found = live.first(where: { $0.id == session.id }) else { return false }
            if found.membershipChecked > session.membershipChecked { return true }
        }
        return true
    }

    private func settleAll(_ sessions: [Session]) async {
        await withTaskGroup(of: Void.self) { group in
            var waiting = sessions.makeIterator()
            func next() {
                guard let session = waiting.next() else { return }
                group.addTask { _ = try? await settle(session) }
            }
            for _ in 0..<Self.width { next() }
            while await group.next() != nil { next() }
        }
    }
}
