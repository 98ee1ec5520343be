import APITokens
import Identity

/// What becomes of a request for the core once it is known who sent it. Pure.
struct Admission: Sendable {
    enum Verdict: Equatable {
        case allowed
        /// The token may still stand in the form that follows.
        case needsFormToken
        case forbidden(needs: Role)
        /// The person's access is limited to a part of what is there.
        case outsideScope
        /// The token was made for something else.
        case outOfScope(needs: TokenScope)
        case crossSite(CrossSitePolicy.Verdict)
    }

    /// - Parameter path: canonical, without prefix: the very path that is forwarded.
    static func judge(
        _ caller: Caller, method: RequestMethod, path: String, fields: InspectedFields,
        ownOrigin: @autoclosure () -> String
    ) -> Verdict {
        let needed = Permission.requiredRole(method: method.rawValue, path: path)
        if case .token(let token) = caller.proof {
            let scope = TokenScope.needed(isSafe: method.isSafe || needed == .viewer, path: path)
            guard token.scopes.contains(scope) else { return .outOfScope(needs: scope) }
        }
        if Permission.denial(method: method.rawValue, path: path, caller.principal) == .outsideScope {
            return .outsideScope
        }
        return judge(caller, method: method, needs: needed, fields: fields, ownOrigin: ownOrigin())
    }

    /// The same for a route whose role is known.
    static func judge(
        _ caller: Caller, method: RequestMethod, needs needed: Role, fields: InspectedFields,
        ownOrigin: @autoclosure () -> String
    ) -> Verdict {
        guard caller.principal.role >= needed else { return .forbidden(needs: needed) }
        guard !method.isSafe else { return .allowed }
        let credential: CrossSitePolicy.Credential
        switch caller.proof {
        case .session(_, let csrfToken): credential = .session(token: csrfToken)
        case .authorization, .token: credential = .authorization
        case .anonymous: return .forbidden(needs: needed)
        }
        let verdict = CrossSitePolicy.judge(
            credential, origin: fields.origin, secFetchSite: fields.secFetchSite, ownOrigin: ownOrigin(),
            token: fields.csrfToken)
        if verdict == .allowed { return .allowed }
        return verdict == .tokenMissing && isForm(fields.contentType) ? .needsFormToken : .crossSite(verdict)
    }

    static func isForm(_ contentType: String?) -> Bool {
        guard let contentType else { return false }
        let type = contentType.prefix { $0 != ";" && $0 != " " }
        return String(type).equalsFoldingASCII("application/x-www-form-urlencoded")
    }
}
