import Identity

/// How a sign-in by name and password ended.
package enum PasswordDecision: Sendable, Equatable {
    case accepted(Principal)
    /// Wrong name or password, or credentials that are not well-formed (401).
    case rejected
    /// Too many failures from this address or for this account; seconds until the next attempt counts (429).
    case throttled(retryAfter: Int)
    /// Too many attempts wait already (503); nothing was checked.
    case unavailable
}
