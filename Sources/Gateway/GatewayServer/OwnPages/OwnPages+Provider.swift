import Logging
import PageKit
import SessionStore
import SignIn

/// Sign-in by a provider: OAuth2 authorisation code with state and PKCE.
extension OwnPages {
    /// Begins a flow for this browser and goes to the provider. No parameter of the request gets there.
    func start(provider id: String, _ request: OwnRequest) async -> Answer {
        guard let provider = providers.first(where: { $0.id == id }) else { return errors.notFound(isNavigation: true) }
        guard let redirectURI = callbacks.redirectURI(provider: id) else {
            return errors.failure(
                503, detail: "Signing in with \(provider.displayName) needs --oauth2_redirect_uri or --external_url.",
                outcome: .signInRefused, isNavigation: true, reason: "no_redirect_uri")
        }
        let query = request.query.flatMap { FormFields($0.utf8) }
        let browser = browser(of: request)
        let flow = SignInFlow(
            state: BrowserToken.random(), provider: id, verifier: BrowserToken.random(),
            returnTo: ReturnTarget(query?.single("next")).value, redirectURI: redirectURI, created: now())
        do {
            try await sessions.begin(flow: flow, browser: browser.value)
        } catch {
            logger.error("the session store failed to begin a sign-in", metadata: ["error": "\(error)"])
            return errors.failure(
                503, detail: "Signing in is not possible at the moment. Try again soon.", outcome: .signInRefused,
                isNavigation: true, reason: "session_store")
        }
        let authorization = AuthorizationRequest(
            state: flow.state, verifier: flow.verifier, redirectURI: redirectURI)
        var answer: Answer
        switch await provider.begin(authorization) {
        case .success(let address): answer = .redirect(to: address)
        // The other ways to sign in are on the same page.
        case .failure(let unavailable):
            logger.warning("a provider is not available", metadata: ["provider": "\(provider.id)"])
            var page = signInForm(
                503, request, target: ReturnTarget(flow.returnTo), message: unavailable.message,
                outcome: .signInRefused)
            page.reason = "provider_unavailable"
            return page
        }
        let cookie = cookies.flow(isSecure: request.view.isSecure)
        answer.fields.append(("set-cookie", cookie.set(browser.value, maxAge: Int(SignInFlow.lifetime))))
        return answer
    }

    /// The provider's answer. The state is taken, once, before anything else is believed.
    func finish(provider id: String, _ request: OwnRequest) async -> Answer {
        guard let query = request.query.flatMap({ FormFields($0.utf8) }), let state = query.single("state"),
            !state.isEmpty, state.utf8.count <= 256, query.contains("code") != query.contains("error")
        else { return notOurs(request) }
        let cookie = cookies.flow(isSecure: request.view.isSecure)
        guard case .one(let browser) = CookieFields.value(of: cookie.name, in: request.cookies),
            BrowserToken.isWellFormed(browser)
        else { return notOurs(request) }
        let flow: SignInFlow
        do {
            guard let taken = try await sessions.take(flowState: state, browser: browser) else {
                return notOurs(request)
            }
            flow = taken
        } catch {
            logger.error("the session store failed to finish a sign-in", metadata: ["error": "\(error)"])
            return errors.failure(
                503, detail: "Signing in is not possible at the moment. Try again soon.", outcome: .signInRefused,
                isNavigation: true, reason: "session_store")
        }
        guard id == flow.provider, let provider = providers.first(where: { $0.id == flow.provider }) else {
            return notOurs(request)
        }
        if query.contains("error") {
            return refusedPage(
                request, 403, "\(provider.displayName) did not sign you in.", flow: flow, provider: provider,
                reason: "provider_error")
        }
        guard let code = query.single("code"), !code.isEmpty, code.utf8.count <= 2048 else { return notOurs(request) }
        let answer = AuthorizationAnswer(
            code: code, verifier: flow.verifier, redirectURI: flow.redirectURI, issuer: query.single("iss"))
        switch await provider.finish(answer) {
        case .accepted(let principal, let authorization):
            return await startSession(
                for: principal, authorization: authorization, request, target: ReturnTarget(flow.returnTo))
        case .denied(let message):
            return refusedPage(request, 403, message, flow: flow, provider: provider, reason: "denied")
        case .failed(let message):
            return refusedPage(request, 502, message, flow: flow, provider: provider, reason: "provider_failed")
        }
    }

    private func refusedPage(
        _ request: OwnRequest, _ status: Int, _ message: String, flow: SignInFlow, provider: any SignInProvider,
        reason: String
    ) -> Answer {
        audit.signInRefused(request, provider: provider.id, name: "", reason: "\(reason): \(message)")
        logger.notice("sign-in refused", metadata: ["provider": "\(provider.id)", "reason": "\(reason)"])
        let next = FormFields.encoded(ReturnTarget(flow.returnTo).value)
        let html = SignInPages.message(
            prefix: prefix.value, title: status == 403 ? "You cannot sign in" : "Signing in failed", text: message,
            action: (label: "Back to sign-in", path: "/login?next=\(next)"), principalName: nil)
        var answer = Answer.page(status, html, outcome: .signInRefused)
        answer.reason = reason
        return answer
    }

    /// A callback without a flow of this browser: too old, used already, begun elsewhere, or forged.
    private func notOurs(_ request: OwnRequest) -> Answer {
        let html = SignInPages.message(
            prefix: prefix.value, title: "Signing in failed",
            text: "This sign-in was not begun in this browser, has been finished already, or took too long.",
            action: (label: "Sign in again", path: "/login"), principalName: nil)
        var answer = Answer.page(400, html, outcome: .signInRefused)
        answer.reason = "unknown_flow"
        audit.signInRefused(request, provider: "", name: "", reason: "unknown_flow")
        return answer
    }
}
