import Identity
import SessionStore
import SignIn

/// Who a request comes from.
struct Caller: Sendable {
    enum Proof: Sendable {
        /// A session; the token is kept to look the session up again while a stream is open.
        case session(token: String, csrfToken: String)
        case authorization
        case anonymous
    }

    let principal: Principal
    let proof: Proof

    /// What the core's pages put into their forms.
    var csrfToken: String { if case .session(_, let token) = proof { token } else { "" } }
}

/// Finds out who a request comes from, as far as that goes without waiting.
struct Identifier: Sendable {
    enum Finding {
        case caller(Caller)
        /// A Basic credential that must be verified first.
        case unverified(authorization: String)
        /// Two session cookies: somebody else set one of them.
        case conflictingCookies
        case nobody
    }

    let cookies: CookieNames
    let sessions: any SessionStore
    let passwords: PasswordAuthenticator?
    let readOnly: Bool

    func identify(_ fields: InspectedFields, isSecure: Bool) -> Finding {
        switch CookieFields.value(of: cookies.session(isSecure: isSecure).name, in: fields.cookies) {
        case .several: return .conflictingCookies
        case .one(let token):
            if let session = sessions.session(for: token) {
                let proof = Caller.Proof.session(token: token, csrfToken: session.csrfToken)
                return .caller(Caller(principal: limited(session.principal), proof: proof))
            }
        case .none: break
        }
        guard let authorization = fields.authorization, let passwords else { return .nobody }
        if let principal = passwords.cached(authorization: authorization) {
            return .caller(Caller(principal: limited(principal), proof: .authorization))
        }
        return .unverified(authorization: authorization)
    }

    /// `--read_only` makes everybody a viewer.
    func limited(_ principal: Principal) -> Principal {
        guard readOnly, principal.role != .viewer else { return principal }
        var principal = principal
        principal.role = .viewer
        return principal
    }
}
