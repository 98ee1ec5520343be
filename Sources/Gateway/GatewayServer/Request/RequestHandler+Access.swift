import APITokens
import NIOCore

/// The gateway's own pages for who is signed in.
extension RequestHandler {
    func admit(_ caller: Caller, to route: AccessRoute, _ request: InspectedRequest, _ view: BrowserView) {
        guard route.answers(request.method) else { return answer(gateway.pages.methodNotAllowed(route.methods)) }
        if case .token(let token) = caller.proof, !token.scopes.contains(route.isReading ? .read : .operate) {
            return refuse(.outOfScope(needs: route.isReading ? .read : .operate), caller, request, view)
        }
        let verdict = Admission.judge(
            caller, method: request.method, needs: route.role, fields: originChecked(request.section.fields, caller),
            ownOrigin: view.origin)
        switch verdict {
        case .allowed where request.method.isSafe:
            var own = OwnRequest(request, view: view, form: nil, id: exchange.id)
            if route == .proxy {
                own.proxied = ProxiedRequest(request, from: connection.peer, prefix: gateway.configuration.prefix)
            }
            make(route, caller, isVerified: true, own)
        case .allowed, .needsFormToken:
            guard mayBeRecorded() else { return }
            exchange.formUse = .access(route, caller, isVerified: verdict == .allowed)
            beginCollecting(request)
        case .forbidden, .outsideScope, .outOfScope, .crossSite: refuse(verdict, caller, request, view)
        }
    }

    func make(_ route: AccessRoute, _ caller: Caller, isVerified: Bool, _ own: OwnRequest) {
        if !isVerified, let request = exchange.request {
            let verdict = CrossSitePolicy.judge(
                .session(token: caller.csrfToken), origin: own.origin, secFetchSite: own.secFetchSite,
                ownOrigin: own.view.origin, token: own.form?.single("_csrf"))
            guard verdict == .allowed else { return refuse(.crossSite(verdict), caller, request, own.view) }
        }
        exchange.phase = .deciding
        let pages = gateway.accessPages
        later {
            await pages.answer(route, own, caller)
        } then: {
            $0.answer($1)
        }
    }

    /// A bad token is told so, in whatever way the request was made: programs must not be sent to a page.
    func refuseToken(isUnknown: Bool, _ request: InspectedRequest, _ view: BrowserView) {
        guard !isUnknown else {
            var answer = gateway.errors.failure(
                503, detail: "API tokens cannot be checked at the moment. Try again soon.", outcome: .signInRefused,
                isNavigation: false, reason: "token_store")
            answer.fields.append(("retry-after", "2"))
            return self.answer(answer)
        }
        recordRefusedToken()
        var answer = gateway.errors.failure(
            401, detail: "This API token is unknown, revoked or over.", outcome: .unauthenticated,
            isNavigation: false, reason: "token",
            extra: [("login_url", "\(gateway.configuration.prefix.value)/login")])
        answer.fields.append(("www-authenticate", "Bearer realm=\"flower\", error=\"invalid_token\""))
        self.answer(answer)
    }
}
