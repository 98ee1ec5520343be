import GatewayServer
import Identity
import Logging
import NIOCore
import Options
import OutboundHTTP
import SessionStore
import SignIn

/// The half that the network reaches: the settings brought to its services.
struct GatewayHalf {
    /// Made just now, for the first user.
    let firstPassword: String?

    private let configuration: GatewayConfiguration
    private let stores: AccessStores
    private let passwords: PasswordAuthenticator?
    private let providers: [any SignInProvider]
    private let accessLog: AccessLogSink?

    /// `files` is how many files this process may have open.
    ///
    /// - Parameter admin: where this half opens its own admin listener.
    /// - Parameter core: the core, when it is in the same process.
    init(
        _ settings: Settings, keys: AssertionKeys, files: Int, admin: SocketEndpoint?, core: (any NearCore)?
    ) async throws {
        var configuration = try Self.configuration(settings, keys: keys, files: files, runsCore: core != nil)
        configuration.admin = admin.map { (host: $0.host, port: $0.port) }
        configuration.nearCore = core
        self.configuration = configuration
        accessLog = LogSetup.accessLog(settings.logging)
        stores = try await AccessStores(settings)
        firstPassword = settings.signIn.isConfigured ? nil : try Self.makeFirstUser(settings.state)
        let access = AccessAssembly(settings)
        passwords = try Self.passwords(settings, access.policy)
        providers = try ProviderAssembly.providers(settings, access.policy)
    }

    /// `whenListening` gets the real port, or nil when only a unix socket listens.
    func server(whenListening: @escaping @Sendable (Int?) -> Void) -> GatewayServer {
        GatewayServer(
            configuration: configuration, sessions: stores.sessions, passwords: passwords, providers: providers,
            tokens: stores.tokens, audit: stores.audit, logger: Logger(label: "gateway"),
            accessLog: accessLog
        ) { addresses in whenListening(addresses.lazy.compactMap(\.port).first) }
    }

    /// Writes down what is only in memory yet.
    func close(_ logger: Logger) async { await stores.close(logger) }

    static func configuration(
        _ settings: Settings, keys: AssertionKeys, files: Int, runsCore: Bool
    ) throws(StartupError) -> GatewayConfiguration {
        let core: GatewayConfiguration.CoreAddress =
            switch settings.core.endpoint {
            case .unix(let path): .unix(path: path)
            case .tcp(let place): .tcp(host: place.host, port: place.port)
            case .tls(let place, let files):
                .tls(
                    host: place.host, port: place.port,
                    GatewayConfiguration.CoreTLSFiles(
                        certificate: files.certificate, key: files.key, authorities: files.authorities))
            }
        var configuration = GatewayConfiguration(listeners: [listener(settings)], core: core, keys: keys)
        let listen = settings.listen
        if let certificate = listen.certificateFile, let key = listen.keyFile {
            var files = GatewayConfiguration.TLSFiles(certificate: certificate, key: key)
            files.clientAuthorities = listen.clientAuthorities
            files.requiresClientCertificate = listen.requiresClientCertificate
            configuration.tls = files
        }
        guard let prefix = PathPrefix(listen.urlPrefix), let mode = PrefixMode(rawValue: listen.prefixMode.rawValue)
        else {
            throw StartupError("url_prefix: \(listen.urlPrefix) is not a path such as /flower")
        }
        configuration.prefix = prefix
        configuration.prefixMode = mode
        configuration.externalURL = listen.externalURL.flatMap { ExternalURL($0.trimmed) }
        configuration.allowedHosts = listen.allowedHosts
        configuration.trustedProxies = listen.trustedProxies.compactMap { AddressRange($0) }
        configuration.trustsLocalProxies = listen.trustsLoopback
        configuration.cookieName = settings.signIn.cookieName
        configuration.unauthenticatedAPI = settings.signIn.unauthenticatedAPI
        configuration.openMetrics = settings.signIn.openMetrics
        configuration.readOnly = settings.signIn.readOnly
        configuration.membershipInterval = settings.sessions.membershipInterval
        configuration.corsOrigins = settings.sessions.corsOrigins
        configuration.product.version = Version.text
        if runsCore { configuration.product.cluster = settings.broker.cluster }
        for provider in settings.signIn.providers { configuration.redirectURIs[provider.id] = provider.redirectURI }
        configuration.limits = limits(settings, files: files)
        return configuration
    }

    /// While nobody is configured to sign in, nobody else than this machine gets near the first user's password.
    private static func listener(_ settings: Settings) -> GatewayConfiguration.Listener {
        if let path = settings.listen.unixSocket { return .unix(path: StateDirectory.absolute(path), mode: 0o660) }
        let host = settings.listen.address ?? (settings.signIn.isConfigured ? "" : "127.0.0.1")
        return .tcp(host: host, port: settings.listen.port)
    }

    private static func limits(_ settings: Settings, files: Int) -> GatewayLimits {
        var limits = GatewayLimits()
        limits.connectionsPerAddress = settings.limits.connectionsPerAddress
        limits.requestBodySize = settings.limits.bodySize
        limits.drainTime = ServeCommand.drainTime
        limits.headSize = settings.limits.headerSize
        limits.fieldSize = settings.limits.headerSize / 2
        limits.targetSize = settings.limits.headerSize / 2
        limits.requestsPerConnection = settings.limits.requestsPerConnection
        limits.streamsPerConnection = settings.limits.http2Streams
        limits.coreStreams = settings.limits.streams
        limits.liveStreamsPerPrincipal = settings.limits.streamsPerUser
        limits.coreConnections = settings.limits.coreConnections
        limits.bodyRate = settings.limits.bodyRate
        limits.handshakeTime = settings.limits.times.handshake
        limits.headTime = settings.limits.times.header
        limits.idleTime = settings.limits.times.idle
        limits.stalledWriteTime = settings.limits.times.write
        limits.coreHeadTime = settings.limits.times.core
        // Each client connection may need one to the core, and databases, logs and the broker need some.
        limits.connections = min(settings.limits.connections, max(64, files / 2 - 64))
        return limits
    }

    private static func passwords(_ settings: Settings, _ rules: AccessPolicy) throws -> PasswordAuthenticator? {
        let firstUsers = settings.signIn.isConfigured ? nil : FirstUser.file(stateDirectory: settings.state.path)
        guard !settings.signIn.users.isEmpty || settings.signIn.usersFile != nil || firstUsers != nil else {
            return nil
        }
        return try PasswordAuthenticator(
            clearTextUsers: settings.signIn.users.map { (name: $0.name, password: $0.password) },
            file: settings.signIn.usersFile, firstUserFile: firstUsers, rules: rules, logger: Logger(label: "sign-in"))
    }

    /// The password of the first user when it was made just now.
    private static func makeFirstUser(_ state: StateDirectory) throws -> String? {
        try FirstUser.createIfMissing(stateDirectory: state.path)?.password
    }
}
