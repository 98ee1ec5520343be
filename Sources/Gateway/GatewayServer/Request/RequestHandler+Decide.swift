import APITokens
import Identity
import NIOCore
import NIOHTTP1
import SessionStore
import SignIn

/// Decides about a request on its canonical form: where it belongs, who sent it, whether it may.
extension RequestHandler {
    func decide(_ request: InspectedRequest) {
        let peer = connection.peer
        if !request.section.fields.forwardedFor.isEmpty, !peer.isTrustedProxy { gateway.hintAtProxy(peer) }
        let known = known(of: request)
        let view = known.view
        exchange.view = view
        exchange.log.client = view.client
        if connection.stage == .plain { return answer(plainHTTP(request)) }
        switch gateway.prefixRule.match(request.path, isLocalOrTrusted: peer.isLocalOrTrusted) {
        case .outside:
            return answer(gateway.errors.notFound(isNavigation: isNavigation(request)))
        case .prefixItself:
            guard request.method.isSafe else {
                return answer(gateway.errors.notFound(isNavigation: false))
            }
            let query = request.query.map { "?\($0)" } ?? ""
            return answer(.redirect(to: "\(request.path.value)/\(query)"))
        case .inside(let path):
            exchange.path = path
        }
        exchange.foreignOrigin = gateway.foreignOrigins.granted(request.section.fields, path: exchange.path)
        if exchange.foreignOrigin != nil, request.method == .options { return answer(ForeignOrigins.preflight) }
        if let route = gateway.routes.route(path: exchange.path, query: request.query) {
            if case .access(let access) = route {
                exchange.accessRoute = access
            } else if route != .health || !isVerboseHealth(request) {
                return serve(route, request, view)
            }
        }
        identify(request, known)
    }

    private func known(of request: InspectedRequest) -> KnownFields {
        if let known { return known }
        let view = gateway.views.view(peer: connection.peer, host: request.host, fields: request.section.fields)
        let found = KnownFields(
            section: request.section, view: view,
            credentials: gateway.identifier.credentials(in: request.section.fields, isSecure: view.isSecure))
        if !isHTTP2 { known = found }
        return found
    }

    /// The port speaks TLS and the client does not. Pages are sent to the address that the configuration names; programs are
    /// told, so that they do not send passwords in the clear for ever without anybody noticing.
    private func plainHTTP(_ request: InspectedRequest) -> Answer {
        if let external = gateway.configuration.externalURL, external.isSecure, isNavigation(request) {
            let query = request.query.map { "?\($0)" } ?? ""
            var answer = Answer.redirect(to: "\(external.origin)\(request.path.value)\(query)")
            answer.status = 308
            answer.closes = true
            return answer
        }
        return gateway.errors.refused(Refusal(400, .plainHTTP, "This port speaks HTTPS: use https:// in the address."))
    }

    private func isNavigation(_ request: InspectedRequest) -> Bool {
        Navigation.isNavigation(method: request.method, fields: request.section.fields)
    }

    /// `?verbose=1` is for who is signed in; everybody else gets the bare health check. A password that was not verified
    /// yet counts as a request for the details: wrong ones are told so, as everywhere.
    private func isVerboseHealth(_ request: InspectedRequest) -> Bool {
        guard request.query == "verbose=1", request.method == .get else { return false }
        let known = known(of: request)
        switch gateway.identifier.identify(known.credentials, request.section.fields, client: known.view.client) {
        case .caller, .unverified, .unknownSession, .refusedToken: return true
        case .conflictingCookies, .nobody: return false
        }
    }

    // MARK: Own pages

    private func serve(_ route: OwnRoute, _ request: InspectedRequest, _ view: BrowserView) {
        if OwnPages.readsForm(route, method: request.method) {
            exchange.formUse = .ownPage(route)
            return beginCollecting(request)
        }
        let own = OwnRequest(request, view: view, form: nil, id: exchange.id)
        if let immediate = gateway.pages.immediate(route, own) { return answer(immediate) }
        make(route, own)
    }

    private func make(_ route: OwnRoute, _ own: OwnRequest) {
        exchange.phase = .deciding
        let pages = gateway.pages
        later {
            await pages.answer(route, own)
        } then: { handler, answer in
            if answer.outcome == .crossSite, let request = handler.exchange.request {
                handler.noteForeignOrigin(request, own.view)
            }
            handler.answer(answer)
        }
    }

    // MARK: Identity

    private func identify(_ request: InspectedRequest, _ known: KnownFields) {
        let finding = gateway.identifier.identify(
            known.credentials, known.section.fields, client: known.view.client, earlier: known.caller)
        if case .caller(let caller) = finding { known.caller = caller }
        proceed(finding, request, known.view)
    }

    private func proceed(_ finding: Identifier.Finding, _ request: InspectedRequest, _ view: BrowserView) {
        switch finding {
        case .caller(let caller): admit(caller, request, view)
        case .unknownSession(let token): ask(for: token, request, view)
        case .conflictingCookies:
            answer(
                gateway.errors.failure(
                    400,
                    detail: "The browser sent two session cookies. Delete the cookies of this site and sign in again.",
                    outcome: .refused, isNavigation: isNavigation(request), reason: "conflicting_cookies"))
        case .refusedToken(let isUnknown): refuseToken(isUnknown: isUnknown, request, view)
        case .unverified(let authorization): verify(authorization, request, view)
        case .nobody: nobody(request, view)
        }
    }

    /// Asks the session store. What it cannot tell now is neither let in nor signed out.
    private func ask(for token: String, _ request: InspectedRequest, _ view: BrowserView) {
        exchange.phase = .deciding
        let identifier = gateway.identifier
        later {
            await Result { () async throws -> Session? in try await identifier.find(token) }
        } then: { handler, found in
            switch found {
            case .success(let session?): handler.admit(identifier.caller(session, token: token), request, view)
            case .success(nil):
                let password = handler.known(of: request).credentials.password
                handler.proceed(
                    identifier.identify(authorization: request.section.fields, password, client: view.client), request,
                    view)
            case .failure:
                handler.answer(handler.gateway.errors.sessionsUnavailable(isNavigation: handler.isNavigation(request)))
            }
        }
    }

    private func verify(_ authorization: String, _ request: InspectedRequest, _ view: BrowserView) {
        guard let passwords = gateway.passwords else { return nobody(request, view) }
        exchange.phase = .deciding
        let identifier = gateway.identifier
        later {
            await passwords.verify(authorization: authorization, address: view.client)
        } then: { handler, decision in
            switch decision {
            case .accepted(let principal):
                let caller = Caller(principal: identifier.limited(principal), proof: .authorization)
                handler.recordPassword(caller)
                handler.admit(caller, request, view)
            case .rejected:
                handler.recordRefusedPassword(authorization, reason: "wrong password")
                handler.nobody(request, view)
            case .throttled(let retryAfter):
                handler.recordRefusedPassword(authorization, reason: "throttled")
                var answer = handler.gateway.errors.failure(
                    429, detail: "Too many attempts. Try again in \(retryAfter) s.", outcome: .throttled,
                    isNavigation: false)
                answer.fields.append(("retry-after", "\(retryAfter)"))
                handler.answer(answer)
            case .unavailable:
                handler.answer(
                    handler.gateway.errors.failure(
                        503, detail: "Passwords cannot be verified at the moment. Try again soon.",
                        outcome: .signInRefused, isNavigation: false))
            }
        }
    }

    /// Lets pass what is public; sends a browser to the sign-in page, and tells everything else how to sign in.
    private func nobody(_ request: InspectedRequest, _ view: BrowserView) {
        if request.section.fields.authorization == nil,
            gateway.publicRoutes.allowsAnonymous(method: request.method, path: exchange.path)
        {
            return admit(Caller(principal: .anonymous, proof: .anonymous), request, view)
        }
        let prefix = gateway.configuration.prefix.value
        if isNavigation(request) {
            let target = ReturnTarget(path: exchange.path, query: request.query)
            let next = target == .start ? "" : "?next=\(FormFields.encoded(target.value))"
            return answer(.redirect(to: "\(prefix)/login\(next)", outcome: .unauthenticated))
        }
        if Navigation.isForm(method: request.method, fields: request.section.fields) {
            let detail = "Your session has ended, and nothing was done. Sign in and try again."
            return answer(gateway.errors.failure(401, detail: detail, outcome: .unauthenticated, isNavigation: true))
        }
        var detail = "Sign in with a user name and password (HTTP Basic), or at login_url."
        if !gateway.publicRoutes.unauthenticatedAPI, PublicRoutes.isUnauthenticatedAPI(exchange.path) {
            detail +=
                " Reading this route without signing in is possible with --unauthenticated_api"
                + " (FLOWER_UNAUTHENTICATED_API=true)."
        }
        var refused = gateway.errors.failure(
            401, detail: detail, outcome: .unauthenticated, isNavigation: false,
            extra: [("login_url", "\(prefix)/login"), ("session", hasSessionCookie(request) ? "over" : "none")])
        let challenge = Navigation.isScript(request.section.fields) ? Challenge.form : Challenge.basic
        refused.fields.append(("www-authenticate", challenge))
        answer(refused)
    }

    /// Whether the browser still holds a session cookie, so that the session behind it is over. Without one the person
    /// signed out, or the browser has dropped it at the end of its lifetime.
    private func hasSessionCookie(_ request: InspectedRequest) -> Bool {
        if case .none = known(of: request).credentials.cookie { false } else { true }
    }

    // MARK: Admission

    private func admit(_ caller: Caller, _ request: InspectedRequest, _ view: BrowserView) {
        exchange.log.principal = caller.logName
        exchange.caller = caller
        if let route = exchange.accessRoute { return admit(caller, to: route, request, view) }
        let verdict = Admission.judge(
            caller, method: request.method, path: exchange.path, fields: originChecked(request.section.fields, caller),
            ownOrigin: view.origin)
        switch verdict {
        case .allowed: forward(request, caller)
        case .needsFormToken:
            exchange.formUse = .forward(caller)
            beginCollecting(request)
        case .forbidden, .outsideScope, .outOfScope, .crossSite: refuse(verdict, caller, request, view)
        }
    }

    /// A page that may use the API counts as ours for credentials that its script holds, never for a cookie.
    func originChecked(_ fields: InspectedFields, _ caller: Caller) -> InspectedFields {
        guard exchange.foreignOrigin != nil else { return fields }
        if case .session = caller.proof { return fields }
        var fields = fields
        (fields.origin, fields.secFetchSite) = (nil, nil)
        return fields
    }

    /// Answers 403 with what is missing, and records it.
    func refuse(_ verdict: Admission.Verdict, _ caller: Caller, _ request: InspectedRequest, _ view: BrowserView) {
        switch verdict {
        case .allowed, .needsFormToken: return
        case .forbidden(let needed):
            let detail =
                gateway.configuration.readOnly
                ? "Read only mode is enabled"
                : "This needs the role \(needed.rawValue); you have \(caller.principal.role.rawValue)."
            recordDenial("needs the role \(needed.rawValue)")
            forbid(detail, reason: "role", request)
        case .outsideScope:
            recordDenial("is outside of the scope of the person's access")
            forbid(
                Permission.Denial.outsideScope.sentence(for: caller.principal), reason: "person_scope", request)
        case .outOfScope(let scope):
            recordDenial("needs the scope \(scope.rawValue)")
            forbid("This needs a token with the scope \(scope.rawValue).", reason: "scope", request)
        case .crossSite(let verdict):
            recordDenial(verdict == .foreignOrigin ? "comes from another site" : "lacks the session's CSRF token")
            crossSite(verdict, request, view)
        }
    }

    private func forbid(_ detail: String, reason: String, _ request: InspectedRequest) {
        answer(
            gateway.errors.failure(
                403, detail: detail, outcome: .forbidden,
                isNavigation: Navigation.acceptsHTML(request.section.fields.accept), reason: reason))
    }

    private func crossSite(_ verdict: CrossSitePolicy.Verdict, _ request: InspectedRequest, _ view: BrowserView) {
        if verdict == .foreignOrigin { noteForeignOrigin(request, view) }
        let (detail, reason) =
            switch verdict {
            case .allowed, .foreignOrigin:
                (
                    CrossSiteAnswer.detail(origin: request.section.fields.origin, ownOrigin: view.origin),
                    "foreign_origin"
                )
            case .tokenMissing:
                ("The session's CSRF token is missing: send it in the field X-CSRF-Token.", "token_missing")
            case .tokenWrong:
                ("The CSRF token is not the one of this session. Load the page again.", "token_wrong")
            }
        answer(
            gateway.errors.failure(
                403, detail: detail, outcome: .crossSite,
                isNavigation: Navigation.acceptsHTML(request.section.fields.accept), reason: reason))
    }

    /// Perhaps it is not foreign at all, and the settings are wrong: `/access/proxy` tells.
    private func noteForeignOrigin(_ request: InspectedRequest, _ view: BrowserView) {
        guard let origin = request.section.fields.origin, origin.lowercased() != view.origin else { return }
        gateway.sightings.foreign(origin, own: view.origin)
    }

    // MARK: Forms

    func beginCollecting(_ request: InspectedRequest) {
        exchange.phase = .collecting
        let held = exchange.held
        exchange.held = []
        if request.section.fields.expectsContinue { sendContinue() }
        for bytes in held { collect(bytes) }
        if exchange.phase == .collecting, exchange.isRequestComplete { collected() } else { readIfWanted() }
    }

    func collect(_ bytes: ByteBuffer) {
        var bytes = bytes
        exchange.form.writeBuffer(&bytes)
        guard exchange.form.readableBytes > gateway.limits.formSize else { return }
        exchange.mayContinue = false
        answer(gateway.errors.refused(Refusal(413, .tooLarge, "The form is too long.")))
    }

    func collected() {
        guard let use = exchange.formUse, let request = exchange.request, let view = exchange.view else {
            return close()
        }
        let fields = FormFields(exchange.form.readableBytesView)
        switch use {
        case .ownPage(let route):
            make(route, OwnRequest(request, view: view, form: fields, id: exchange.id))
        case .access(let route, let caller, let isVerified):
            make(route, caller, isVerified: isVerified, OwnRequest(request, view: view, form: fields, id: exchange.id))
        case .forward(let caller):
            let verdict = CrossSitePolicy.judge(
                .session(token: caller.csrfToken), origin: request.section.fields.origin,
                secFetchSite: request.section.fields.secFetchSite, ownOrigin: view.origin,
                token: fields?.single("_csrf"))
            guard verdict == .allowed else { return refuse(.crossSite(verdict), caller, request, view) }
            exchange.held = [exchange.form]
            forward(request, caller)
        }
    }

    // MARK: Waiting

    /// Does something that takes time off the event loop, and goes on with its result unless the request is gone.
    func later<Value: Sendable>(
        _ work: @escaping @Sendable () async -> Value, then: @escaping @Sendable (RequestHandler, Value) -> Void
    ) {
        let generation = generation
        let handler = NIOLoopBound(self, eventLoop: loop.eventLoop)
        let eventLoop = loop.eventLoop
        Task {
            let value = await work()
            eventLoop.execute {
                guard handler.value.generation == generation else { return }
                then(handler.value, value)
            }
        }
    }
}

extension Result where Failure == any Error {
    /// What `body` returns or throws.
    fileprivate init(_ body: () async throws -> Success) async {
        do { self = .success(try await body()) } catch { self = .failure(error) }
    }
}
