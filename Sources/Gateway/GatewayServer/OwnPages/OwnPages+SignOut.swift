import AuditTrail
import Identity
import Logging
import PageKit
import SessionStore
import SignIn

/// Signing out ends the session in the store; the cookie is only cleared on the way.
extension OwnPages {
    /// GET changes nothing: it shows a button.
    func signOutPage(_ request: OwnRequest) async -> Answer {
        guard let session = try? await session(of: request)?.session else {
            return .redirect(to: prefix.value + "/login")
        }
        let html = SignOutPage.confirm(
            prefix: prefix.value, principalName: session.principal.name, csrfToken: session.csrfToken)
        return .page(200, html)
    }

    func signOut(_ request: OwnRequest) async -> Answer {
        let (token, session): (String, Session)
        do {
            guard let found = try await self.session(of: request) else {
                return await signedOut(request, provider: nil)
            }
            (token, session) = found
        } catch {
            return errors.sessionsUnavailable(isNavigation: true)
        }
        let given = request.csrfToken ?? request.form?.single("_csrf")
        let verdict = CrossSitePolicy.judge(
            .session(token: session.csrfToken), origin: request.origin, secFetchSite: request.secFetchSite,
            ownOrigin: request.view.origin, token: given)
        switch verdict {
        case .allowed: break
        case .foreignOrigin: return foreignOrigin(request)
        case .tokenMissing, .tokenWrong:
            var page = await signOutPage(request)
            page.status = 403
            page.outcome = .crossSite
            return page
        }
        do {
            try await sessions.end(token: token)
        } catch {
            logger.error("the session store failed at sign-out", metadata: ["error": "\(error)"])
            return errors.failure(
                503, detail: "The session could not be ended. Try again soon.", outcome: .signInRefused,
                isNavigation: true, reason: "session_store")
        }
        let principal = "\(session.principal.provider):\(session.principal.name)"
        logger.info("signed out", metadata: ["principal": "\(principal)", "client": "\(request.view.client)"])
        audit.record(.signOut, request, by: session.principal, with: session.credentialName)
        let provider = providers.first { $0.id == session.principal.provider }
        var answer = await signedOut(request, provider: provider)
        answer.principal = principal
        answer.reason = "signed_out"
        return answer
    }

    private func signedOut(_ request: OwnRequest, provider: (any SignInProvider)?) async -> Answer {
        let html = SignOutPage.done(
            prefix: prefix.value, provider: provider?.displayName, providerAddress: await provider?.signOutAddress)
        var answer = Answer.page(200, html)
        answer.fields.append(("set-cookie", cookies.session(isSecure: request.view.isSecure).cleared))
        return answer
    }
}
