import AuditTrail
import Identity
import Logging
import NIOCore
import PageKit
import SessionStore
import SignIn

/// The gateway's own pages: sign-in, sign-out, their assets, health.
struct OwnPages: Sendable {
    let prefix: PathPrefix
    let cookies: CookieNames
    let callbacks: SignInCallbacks
    let sessions: any SessionStore
    let passwords: PasswordAuthenticator?
    let providers: [any SignInProvider]
    let tokens = BrowserToken()
    let errors: ErrorAnswers
    let audit: AuditRecorder
    let logger: Logger
    let now: @Sendable () -> Double

    /// Whether the page reads a form that must be collected first.
    static func readsForm(_ route: OwnRoute, method: RequestMethod) -> Bool {
        method == .post && (route == .signIn || route == .signOut)
    }

    /// Answers that need nobody else; nil when the answer takes time.
    func immediate(_ route: OwnRoute, _ request: OwnRequest) -> Answer? {
        let isRead = request.method == .get || request.method == .head
        switch route {
        case .health:
            return isRead ? .text(200, "OK") : methodNotAllowed("GET, HEAD")
        case .asset(let name):
            return isRead ? asset(name, request) : methodNotAllowed("GET, HEAD")
        case .signIn:
            // Who comes without a session sees the page at once, however many come.
            if isRead, sessionToken(of: request) == nil { return signInPage(request, isSignedIn: false) }
            return isRead || request.method == .post ? nil : methodNotAllowed("GET, HEAD, POST")
        case .signOut:
            return isRead || request.method == .post ? nil : methodNotAllowed("GET, HEAD, POST")
        case .startSignIn, .callback:
            return request.method == .get ? nil : methodNotAllowed("GET")
        case .access, .reserved:
            return errors.notFound(isNavigation: request.isNavigation)
        }
    }

    /// Answers that ask the session store, the password file or a provider.
    func answer(_ route: OwnRoute, _ request: OwnRequest) async -> Answer {
        switch route {
        case .signIn:
            if request.method == .post {
                await signIn(request)
            } else {
                signInPage(request, isSignedIn: (try? await session(of: request)) != nil)
            }
        case .signOut: request.method == .post ? await signOut(request) : await signOutPage(request)
        case .startSignIn(let provider): await start(provider: provider, request)
        case .callback(let provider): await finish(provider: provider, request)
        case .health, .asset, .access, .reserved: errors.notFound(isNavigation: request.isNavigation)
        }
    }

    /// The live session of the request's cookie; throws when the store cannot tell.
    func session(of request: OwnRequest) async throws -> (token: String, session: Session)? {
        guard let token = sessionToken(of: request), let session = try await sessions.find(token, isUse: true) else {
            return nil
        }
        return (token, session)
    }

    func sessionToken(of request: OwnRequest) -> String? {
        let name = cookies.session(isSecure: request.view.isSecure).name
        guard case .one(let token) = CookieFields.value(of: name, in: request.cookies) else { return nil }
        return token
    }

    /// The browser's random value, made when it has none.
    func browser(of request: OwnRequest) -> (value: String, isNew: Bool) {
        let name = cookies.flow(isSecure: request.view.isSecure).name
        if case .one(let value) = CookieFields.value(of: name, in: request.cookies), BrowserToken.isWellFormed(value) {
            return (value, false)
        }
        return (BrowserToken.random(), true)
    }

    func location(_ target: ReturnTarget) -> String { prefix.value + target.value }

    func methodNotAllowed(_ allowed: String) -> Answer {
        var answer = Answer.problem(
            405, ErrorAnswers.title(405), detail: "This address answers \(allowed).", outcome: .refused)
        answer.fields.append(("allow", allowed))
        return answer
    }

    /// A new session for who has just proved who they are; the browser's old one ends (no session fixation).
    ///
    /// - Parameter authorization: what the provider gave to judge the person again with.
    func startSession(
        for principal: Principal, authorization: ProviderAuthorization?, _ request: OwnRequest, target: ReturnTarget
    ) async -> Answer {
        do {
            if let old = sessionToken(of: request) { try await sessions.end(token: old) }
            let (token, session) = try await sessions.create(
                for: principal, credential: try authorization.map(MembershipCheck.stored),
                userAgent: String(request.userAgent.prefix(256)), address: request.view.client)
            var answer = Answer.redirect(to: location(target))
            let lifetime = Int(session.absoluteExpires - now())
            let cookie = cookies.session(isSecure: request.view.isSecure)
            answer.fields.append(("set-cookie", cookie.set(token, maxAge: max(lifetime, 0))))
            answer.principal = "\(principal.provider):\(principal.name)"
            answer.reason = "signed_in"
            audit.record(.signIn, request, by: principal, with: session.credentialName)
            logger.info(
                "signed in", metadata: ["principal": "\(answer.principal)", "client": "\(request.view.client)"])
            return answer
        } catch {
            logger.error("the session store failed at sign-in", metadata: ["error": "\(error)"])
            return errors.failure(
                503, detail: "Signing in is not possible at the moment. Try again soon.", outcome: .signInRefused,
                isNavigation: true, reason: "session_store")
        }
    }

    private func asset(_ name: String, _ request: OwnRequest) -> Answer {
        guard let asset = WebAssets.find(name) else { return errors.notFound(isNavigation: request.isNavigation) }
        let isCurrent = request.query == "v=\(asset.hash)"
        var answer = Answer(status: 200, contentType: asset.mimeType, body: ByteBuffer(), outcome: .ownPage)
        answer.cacheControl = isCurrent ? WebAsset.immutableCacheControl : WebAsset.revalidatedCacheControl
        answer.fields = [("etag", asset.etag), ("vary", "accept-encoding")]
        if request.ifNoneMatch == asset.etag {
            answer.status = 304
            answer.contentType = nil
            return answer
        }
        if let gzip = asset.gzip,
            request.acceptEncoding?.utf8.split(separator: UInt8(ascii: ",")).contains(where: {
                String(Substring($0)).filter { $0 != " " }.lowercased() == "gzip"
            }) ?? false
        {
            answer.body = ByteBuffer(bytes: gzip)
            answer.fields.append(("content-encoding", "gzip"))
        } else {
            answer.body = ByteBuffer(bytes: asset.bytes)
        }
        return answer
    }
}
