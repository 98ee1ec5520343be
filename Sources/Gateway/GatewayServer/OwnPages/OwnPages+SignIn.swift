import Identity
import PageKit
import SignIn

/// The sign-in page with its password form.
extension OwnPages {
    /// GET: shows the page, or goes on at once when the browser is signed in.
    func signInPage(_ request: OwnRequest, isSignedIn: Bool) -> Answer {
        let query = request.query.flatMap { FormFields($0.utf8) }
        let target = ReturnTarget(query?.single("next"))
        if isSignedIn { return .redirect(to: location(target)) }
        return signInForm(200, request, target: target, message: nil)
    }

    /// POST: the password form.
    func signIn(_ request: OwnRequest) async -> Answer {
        guard let form = request.form else {
            return signInForm(400, request, target: .start, message: "The form could not be read. Please try again.")
        }
        let target = ReturnTarget(form.single("next"))
        guard !isForeign(request) else { return foreignOrigin(request) }
        let flow = cookies.flow(isSecure: request.view.isSecure)
        guard case .one(let browser) = CookieFields.value(of: flow.name, in: request.cookies),
            tokens.isForm(form.single("form_token"), for: browser)
        else {
            let message = "This page was open for too long, or the browser keeps no cookies. Please try again."
            return signInForm(403, request, target: target, message: message, outcome: .crossSite)
        }
        guard let passwords, let user = form.single("username"), let password = form.single("password") else {
            return signInForm(400, request, target: target, message: "User name and password are needed.")
        }
        switch await passwords.verify(user: user, password: password, address: request.view.client) {
        case .accepted(let principal):
            return await startSession(
                for: principal, authorization: passwords.authorization(for: principal), request, target: target)
        case .rejected:
            let message = "This user name and password do not belong together."
            audit.signInRefused(
                request, provider: "basic", name: passwords.principal(named: user)?.name ?? "", reason: "wrong password"
            )
            return signInForm(
                401, request, target: target, message: message, username: user, outcome: .signInRefused)
        case .throttled(let retryAfter):
            let message = "Too many attempts. Try again in \(retryAfter) s."
            audit.signInRefused(
                request, provider: "basic", name: passwords.principal(named: user)?.name ?? "", reason: "throttled")
            var answer = signInForm(
                429, request, target: target, message: message, username: user, outcome: .throttled)
            answer.fields.append(("retry-after", "\(retryAfter)"))
            return answer
        case .unavailable:
            let message = "Signing in is not possible at the moment. Try again soon."
            return signInForm(
                503, request, target: target, message: message, username: user, outcome: .signInRefused)
        }
    }

    /// A browser that names where the form came from must name this service. Without any word of it the form token decides.
    private func isForeign(_ request: OwnRequest) -> Bool {
        guard request.origin != nil || request.secFetchSite != nil else { return false }
        return !CrossSitePolicy.isOwn(
            origin: request.origin, secFetchSite: request.secFetchSite, ownOrigin: request.view.origin)
    }

    func foreignOrigin(_ request: OwnRequest) -> Answer {
        errors.failure(
            403, detail: CrossSiteAnswer.detail(origin: request.origin, ownOrigin: request.view.origin),
            outcome: .crossSite, isNavigation: true, reason: "foreign_origin")
    }

    func signInForm(
        _ status: Int, _ request: OwnRequest, target: ReturnTarget, message: String?, username: String = "",
        outcome: Outcome = .ownPage
    ) -> Answer {
        let browser = browser(of: request)
        let offered = providers.filter { callbacks.redirectURI(provider: $0.id) != nil }
        let page = SignInPage(
            prefix: prefix.value, providers: offered.map { .init(id: $0.id, displayName: $0.displayName) },
            showsPasswordForm: passwords?.hasUsers ?? false, message: message, returnTo: target.value,
            formToken: tokens.form(for: browser.value), username: username)
        var answer = Answer.page(status, SignInPages.signIn(page), outcome: outcome)
        if browser.isNew {
            let cookie = cookies.flow(isSecure: request.view.isSecure)
            answer.fields.append(("set-cookie", cookie.set(browser.value, maxAge: nil)))
        }
        if status == 401 { answer.fields.append(("www-authenticate", Challenge.form)) }
        return answer
    }
}

/// The challenges of 401 answers.
enum Challenge {
    static let basic = "Basic realm=\"flower\", charset=\"UTF-8\""
    /// For browsers: no scheme that they know, so they show the answer instead of asking for a password themselves.
    static let form = "Form realm=\"flower\""
}

/// What a request from a foreign page is told, with the setting that is missing when the page was not foreign at all.
enum CrossSiteAnswer {
    static func detail(origin: String?, ownOrigin: String) -> String {
        guard let origin else { return "The browser did not say that this request comes from a page of this site." }
        return
            "This request comes from \(origin), but this site is \(ownOrigin). If both are the same place, the proxy "
            + "in front is not known here: set --external_url or --trusted_proxies."
    }
}
