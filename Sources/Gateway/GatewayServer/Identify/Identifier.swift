import APITokens
import Identity
import SessionStore
import SignIn

/// Who a request comes from.
final class Caller: Sendable {
    enum Proof: Sendable {
        /// A session; the token is kept to look the session up again while a stream is open.
        case session(token: String, csrfToken: String)
        case authorization
        case token(APIToken)
        case anonymous
    }

    let principal: Principal
    let proof: Proof
    /// `provider:name`, for the log.
    let logName: String

    init(principal: Principal, proof: Proof) {
        self.principal = principal
        self.proof = proof
        logName = "\(principal.provider):\(principal.name)"
    }

    /// What the core's pages put into their forms.
    var csrfToken: String { if case .session(_, let token) = proof { token } else { "" } }
}

/// Finds out who a request comes from, as far as that goes without waiting.
struct Identifier: Sendable {
    enum Finding {
        case caller(Caller)
        /// A token that is none of ours, or no longer; and whether that could not be told.
        case refusedToken(isUnknown: Bool)
        /// A Basic credential that must be verified first.
        case unverified(authorization: String)
        /// A session cookie that the store must be asked about first.
        case unknownSession(token: String)
        /// Two session cookies: somebody else set one of them.
        case conflictingCookies
        case nobody
    }

    let cookies: CookieNames
    let sessions: any SessionStore
    let passwords: PasswordAuthenticator?
    let memberships: MembershipWatch
    let tokens: TokenStore?
    let readOnly: Bool

    /// What a request says of who sent it, whether that is true or not.
    struct Credentials: Sendable {
        enum Cookie: Sendable {
            case none
            /// The id is of the token.
            case session(token: String, id: SessionID)
            case conflicting
        }

        let cookie: Cookie
        let password: PresentedPassword?
    }

    func credentials(in fields: InspectedFields, isSecure: Bool) -> Credentials {
        let cookie: Credentials.Cookie =
            switch CookieFields.value(of: cookies.session(isSecure: isSecure).name, in: fields.cookies) {
            case .none: .none
            case .several: .conflicting
            case .one(let token): SessionID(token: token).map { .session(token: token, id: $0) } ?? .none
            }
        let password = fields.authorization.flatMap { passwords?.presented(authorization: $0) }
        return Credentials(cookie: cookie, password: password)
    }

    /// - Parameter earlier: whom the same credentials stood for before, to be given again if nothing has changed.
    func identify(
        _ credentials: Credentials, _ fields: InspectedFields, client: String, earlier: Caller? = nil
    ) -> Finding {
        switch credentials.cookie {
        case .conflicting: return .conflictingCookies
        case .session(let token, let id):
            switch sessions.recall(id, isUse: true) {
            case .live(let session):
                guard !memberships.isOverdue(session) else { return .unknownSession(token: token) }
                return .caller(caller(session, token: token, earlier: earlier))
            case .unknown: return .unknownSession(token: token)
            case .none: break
            }
        case .none: break
        }
        return identify(authorization: fields, credentials.password, client: client)
    }

    /// The session of `token` after asking whoever must be asked: the store, or who vouches for the person.
    func find(_ token: String) async throws -> Session? {
        guard let session = try await sessions.find(token, isUse: true) else { return nil }
        guard memberships.isOverdue(session) else { return session }
        guard try await memberships.settle(session, waits: true) else { return nil }
        return try await sessions.find(token, isUse: true)
    }

    func caller(_ session: Session, token: String, earlier: Caller? = nil) -> Caller {
        if let earlier, case .session(token, session.csrfToken) = earlier.proof,
            earlier.principal == limited(session.principal)
        {
            return earlier
        }
        return Caller(
            principal: limited(session.principal), proof: .session(token: token, csrfToken: session.csrfToken))
    }

    /// Without looking at cookies.
    ///
    /// - Parameter client: the client's address, for a token's last use.
    func identify(authorization fields: InspectedFields, _ password: PresentedPassword?, client: String) -> Finding {
        guard let authorization = fields.authorization else { return .nobody }
        if let text = Self.apiToken(in: authorization) { return identify(token: text, client: client) }
        guard let passwords else { return .nobody }
        if let password, let principal = passwords.cached(password) {
            return .caller(Caller(principal: limited(principal), proof: .authorization))
        }
        return .unverified(authorization: authorization)
    }

    private func identify(token text: Substring, client: String) -> Finding {
        switch tokens?.check(text, from: client) ?? .rejected {
        case .accepted(let token): .caller(Caller(principal: limited(token.principal), proof: .token(token)))
        case .rejected: .refusedToken(isUnknown: false)
        case .unavailable: .refusedToken(isUnknown: true)
        }
    }

    /// What follows `Bearer ` when it claims to be a token of ours.
    private static func apiToken(in authorization: String) -> Substring? {
        guard String(authorization.prefix(7)).equalsFoldingASCII("bearer ") else { return nil }
        let text = authorization.dropFirst(7).drop { $0 == " " }
        return text.utf8.starts(with: TokenText.prefix.utf8) ? text : nil
    }

    /// `--read_only` makes everybody a viewer.
    func limited(_ principal: Principal) -> Principal {
        guard readOnly, principal.role != .viewer else { return principal }
        var principal = principal
        principal.role = .viewer
        return principal
    }
}
