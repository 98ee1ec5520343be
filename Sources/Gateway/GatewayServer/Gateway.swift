import APITokens
import AuditTrail
import Identity
import Logging
import SessionStore
import SignIn

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
    let foreignOrigins: ForeignOrigins
    let publicRoutes: PublicRoutes
    let identifier: Identifier
    let passwords: PasswordAuthenticator?
    let sessions: any SessionStore
    let tokens: TokenStore?
    let audit: AuditRecorder
    let memberships: MembershipWatch
    let pages: OwnPages
    let accessPages: AccessPages
    let errors: ErrorAnswers
    let counters: GatewayCounters
    let accessLog: AccessLogSink?
    let logger: Logger
    let admission: ConnectionAdmission
    let streams: LiveStreams
    let sightings = ProxySightings()

    init(
        configuration: GatewayConfiguration, sessions: any SessionStore, passwords: PasswordAuthenticator?,
        providers: [any SignInProvider], tokens: TokenStore?, audit: AuditTrail?, counters: GatewayCounters,
        logger: Logger, accessLog: AccessLogSink?
    ) throws(GatewayStartError) {
        self.configuration = configuration
        self.sessions = sessions
        self.passwords = passwords
        self.counters = counters
        self.logger = logger
        self.tokens = tokens
        let audit = AuditRecorder(audit)
        self.audit = audit
        memberships = MembershipWatch(
            check: MembershipCheck(sessions: sessions, providers: providers, passwords: passwords),
            interval: Double(configuration.membershipInterval), logger: logger, now: WallClock.now,
            onEnd: { audit.sessionEnded($0, reason: $1) })
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
            redirectURIs: configuration.redirectURIs, external: configuration.externalURL, prefix: configuration.prefix)
        foreignOrigins = ForeignOrigins(configuration.corsOrigins)
        routes = OwnRoutes(callbacks: callbacks.paths)
        identifier = Identifier(
            cookies: cookies, sessions: sessions, passwords: passwords, memberships: memberships,
            tokens: tokens, readOnly: configuration.readOnly)
        errors = ErrorAnswers(prefix: configuration.prefix)
        pages = OwnPages(
            prefix: configuration.prefix, cookies: cookies, callbacks: callbacks, sessions: sessions,
            passwords: passwords, providers: providers, errors: errors, audit: audit,
            logger: logger, now: WallClock.now)
        accessPages = AccessPages(
            prefix: configuration.prefix, product: configuration.product, isReadOnly: configuration.readOnly,
            sessions: sessions, tokens: tokens, audit: audit, doctor: ProxyDoctor(ProxySetup(configuration)),
            sightings: sightings, errors: errors, logger: logger, now: WallClock.now)
        self.accessLog = accessLog
        admission = ConnectionAdmission(limits: limits)
        streams = LiveStreams(limit: limits.liveStreamsPerPrincipal)
    }

    /// Says once that a proxy in front is not believed, and how to change that.
    func hintAtProxy(_ peer: Peer) {
        guard sightings.untrusted(peer.text) else { return }
        logger.notice(
            """
            \(peer.text) sends X-Forwarded-For but is not a trusted proxy, so the field is ignored. If it is your \
            proxy, set \(ProxySightings.fix(peer: peer.text))
            """)
    }
}
