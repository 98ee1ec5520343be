import Identity

/// What a store knows of a token without asking anybody.
package enum SessionRecall: Sendable, Equatable {
    case live(Session)
    /// No session, or none any more.
    case none
    /// Only `find` can tell.
    case unknown

    package var session: Session? { if case .live(let session) = self { session } else { nil } }
}

/// Where sessions and unfinished sign-ins live. Every failure to store or to ask is thrown: the caller must then refuse.
package protocol SessionStore: Sendable {
    /// Starts a session with a new token of 256 random bits (base64url, 43 characters), which is kept only as SHA-256.
    ///
    /// When there are too many sessions, the one that was idle longest ends: first of the same principal, then of all.
    /// - Parameter credential: with what the membership can be checked again later, kept encrypted.
    func create(
        for principal: Principal, credential: [UInt8]?, userAgent: String, address: String
    ) async throws -> (token: String, session: Session)

    /// The live session of this id from memory, without I/O: it is called on event loops.
    ///
    /// - Parameter isUse: whether it counts as use; an open stream must not keep a session alive.
    func recall(_ id: SessionID, isUse: Bool) -> SessionRecall

    /// The live session of `token`, wherever it has to be looked up.
    func find(_ token: String, isUse: Bool) async throws -> Session?

    /// The live sessions of one principal, or of all, those used last first.
    func list(of owner: SessionOwner?) async throws -> [Session]

    /// Ends one session; nothing happens when it has ended already.
    func end(token: String) async throws

    /// Ends one session and tells which; nil when it has ended already.
    @discardableResult
    func end(id: SessionID) async throws -> Session?

    /// Ends every session of one principal but `kept`. Returns how many.
    @discardableResult
    func endAll(of owner: SessionOwner, except kept: SessionID?) async throws -> Int

    /// Live sessions whose membership was checked before `time` (unix seconds) and that were used since, the longest
    /// unchecked first, at most `limit`.
    func unchecked(since time: Double, limit: Int) async throws -> [Session]

    /// Takes the check of a membership for the caller alone, for `seconds`; false when somebody else has it.
    func claimCheck(of id: SessionID, for seconds: Double) async throws -> Bool

    /// What `create` was given to check the membership with.
    func credential(of id: SessionID) async throws -> [UInt8]?

    /// Stores what a check of the membership came to: the principal as it is now, and a new credential if there is one.
    func checked(_ id: SessionID, principal: Principal, credential: [UInt8]?) async throws

    /// Remembers `flow` for the browser that holds the random value `browser` in its flow cookie.
    func begin(flow: SignInFlow, browser: String) async throws

    /// The flow with this state, once, if the same browser began it less than `SignInFlow.lifetime` ago.
    func take(flowState: String, browser: String) async throws -> SignInFlow?

    /// How many sessions are live now, as far as that is known without asking.
    var sessionCount: Int { get }

    /// Stores what is only in memory and ends. Later calls throw or find nothing.
    func close() async throws
}

/// Whose sessions: a provider's immutable subject.
package struct SessionOwner: Sendable, Hashable {
    package let provider: String
    package let subject: String

    package init(provider: String, subject: String) {
        self.provider = provider
        self.subject = subject
    }

    package init(_ principal: Principal) {
        self.init(provider: principal.provider, subject: principal.subject)
    }

    /// Compared as bytes: Swift's `==` takes differently composed letters as equal, and these must not share sessions.
    package func owns(_ session: Session) -> Bool {
        session.principal.provider.utf8.elementsEqual(provider.utf8)
            && session.principal.subject.utf8.elementsEqual(subject.utf8)
    }
}

extension SessionStore {
    /// The live session of `token` from memory.
    package func recall(_ token: String, isUse: Bool) -> SessionRecall {
        SessionID(token: token).map { recall($0, isUse: isUse) } ?? .none
    }
}
