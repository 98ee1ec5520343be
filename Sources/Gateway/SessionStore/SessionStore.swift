import Identity

/// Where sessions and unfinished sign-ins live. Every failure to store is thrown: the caller must then refuse.
package protocol SessionStore: Sendable {
    /// Starts a session with a new token of 256 random bits (base64url, 43 characters), which is kept only as SHA-256.
    ///
    /// When there are too many sessions, the one that was idle longest ends: first of the same principal, then of all.
    func create(
        for principal: Principal, userAgent: String, address: String
    ) async throws -> (token: String, session: Session)

    /// The live session of `token`, counted as used now. From memory, without I/O: it is called on event loops.
    func session(for token: String) -> Session?

    /// Like `session(for:)`, but does not count as use: an open stream must not keep a session alive.
    func peek(token: String) -> Session?

    /// Ends one session; nothing happens when it has ended already.
    func end(token: String) async throws

    /// Ends every session of one principal.
    func endAll(provider: String, subject: String) async throws

    /// Remembers `flow` for the browser that holds the random value `browser` in its flow cookie.
    func begin(flow: SignInFlow, browser: String) async throws

    /// The flow with this state, once, if the same browser began it less than `SignInFlow.lifetime` ago.
    func take(flowState: String, browser: String) async throws -> SignInFlow?

    /// How many sessions are live now.
    var sessionCount: Int { get }
}
