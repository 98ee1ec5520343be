import Identity
import Logging
import SessionStore
import SignIn
import Synchronization

/// The rules and services of one gateway, made once from its configuration and shared by all event loops.
final class Gateway: Sendable {
    let configuration: GatewayConfiguration
    let limits: GatewayLimits
    let core: CoreConnector
    let requestGuard: RequestGuard
    let proxies: TrustedProxies
    let views: BrowserViewRule
    let prefixRule: PrefixRule
    let routes: OwnRoutes
    let publicRoutes: PublicRoutes
    let identifier: Identifier
    let passwords: PasswordAuthenticator?
    let sessions: any SessionStore
    let pages: OwnPages
    let errors: ErrorAnswers
    let counters: GatewayCounters
    let accessLog: AccessLog
    let logger: Logger
    let admission: ConnectionAdmission
    let streams: LiveStreams
    private let hintedProxies = Atomic<Bool>(false)

    init(
        configuration: GatewayConfiguration, sessions: any SessionStore, passwords: PasswordAuthenticator?,
        providers: [any SignInProvider], counters: GatewayCounters, logger: Logger,
        accessLogger: Logger
    ) throws(GatewayStartError) {
        self.configuration = configuration
        self.sessions = sessions
        self.passwords = passwords
        self.counters = counters
        self.logger = logger
        limits = configuration.limits
        core = try CoreConnector(configuration.core)
        let hosts = HostRule(hosts: configuration.allowedHosts, external: configuration.externalURL)
        requestGuard = RequestGuard(hosts: hosts, limits: limits)
        proxies = TrustedProxies(ranges: configuration.trustedProxies, trustsLocal: configuration.trustsLocalProxies)
        views = BrowserViewRule(
            external: configuration.externalURL, forwarded: ForwardedFields(proxies: proxies),
            hasTLS: configuration.tls != nil)
        prefixRule = PrefixRule(prefix: configuration.prefix, mode: configuration.prefixMode)
        publicRoutes = PublicRoutes(
            unauthenticatedAPI: configuration.unauthenticatedAPI, openMetrics: configuration.openMetrics)
        let cookies = CookieNames(prefix: configuration.prefix, override: configuration.cookieName)
        let callbacks = try SignInCallbacks(
            redirectURI: configuration.redirectURI, external: configuration.externalURL, prefix: configuration.prefix)
        routes = OwnRoutes(callbackPath: callbacks.path)
        identifier = Identifier(
            cookies: cookies, sessions: sessions, passwords: passwords, readOnly: configuration.readOnly)
        errors = ErrorAnswers(prefix: configuration.prefix)
        pages = OwnPages(
            prefix: configuration.prefix, cookies: cookies, callbacks: callbacks, sessions: sessions,
            passwords: passwords, providers: providers, errors: errors, logger: logger, now: WallClock.now)
        accessLog = AccessLog(logger: accessLogger)
        admission = ConnectionAdmission(limits: limits)
        streams = LiveStreams(limit: limits.liveStreamsPerPrincipal)
    }

    /// Says once that a proxy in front is not believed, and how to change that.
    func hintAtProxy(_ peer: Peer) {
        guard !hintedProxies.exchange(true, ordering: .relaxed) else { return }
        logger.notice(
            """
            \(peer.text) sends X-Forwarded-For but is not a trusted proxy, so the field is ignored. If it is your \
            proxy, set --trusted_proxies=\(peer.text)
            """)
    }
}
