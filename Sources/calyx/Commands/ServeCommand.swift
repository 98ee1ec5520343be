import GatewayServer
import Identity
import Logging
import Options
import ServiceLifecycle
import UnixSignals

/// `calyx up`, `calyx gateway` and `calyx core`: everything wired together and run until it is told to stop.
struct ServeCommand {
    /// Seconds that requests in progress get to finish when the program is told to stop.
    static let drainTime = 8
    /// Seconds after which whatever still runs is cancelled, and then ended.
    private static let shutdownTime = 10
    private static let lastWord = 13

    private let command: Command
    private let settings: Settings
    private let notices: [OptionNotice]

    init(_ command: Command, _ loaded: LoadedSettings) {
        self.command = command
        settings = loaded.settings
        notices = loaded.notices
    }

    func run() async -> ExitStatus {
        LogSetup.bootstrap(settings.logging)
        let logger = Logger(label: "calyx")
        for notice in notices { logger.log(level: notice.level == .warning ? .warning : .info, "\(notice.line)") }
        do {
            try await serve(logger)
            logger.info("stopped")
            LogWriter.standardError.flush()
            return .success
        } catch {
            LogWriter.standardError.flush()
            FailureText.complain(error)
            return .failure
        }
    }

    private var runsCore: Bool { command != .gateway }
    private var runsGateway: Bool { command != .core }

    private func serve(_ logger: Logger) async throws {
        let state = settings.state
        try state.prepare((runsGateway ? [state.gateway] : []) + (runsCore ? [state.core] : []))
        let files = OpenFileLimit.raise()
        let keys = try AssertionKeyFile.load(settings.core.assertionKeyFile)
        if AssertionKeyFile.isOpenToAll(settings.core.assertionKeyFile) {
            logger.warning(
                "assertion_key_file: everybody on this machine can read \(settings.core.assertionKeyFile); chmod 640 it"
            )
        }
        let (coreIsReady, coreReady) = AsyncStream.makeStream(of: Void.self, bufferingPolicy: .bufferingNewest(1))
        var services: [ServiceGroupConfiguration.ServiceConfiguration] = []
        let admin = chooseAdmin(logger)
        let gatewayMetrics = GatewayMetricsSource()
        var nearCore: (any NearCore)?
        if runsCore {
            let core = try makeCore(keys, admin: admin, gatewayMetrics, logger) { coreReady.yield() }
            // Services stop in the opposite order: history writes what the broker brought last.
            if let history = core.history { services.append(.init(service: history, serviceName: "history")) }
            services.append(.init(service: core.broker, serviceName: "broker"))
            services.append(.init(service: ResultsService(results: core.results), serviceName: "results"))
            services.append(.init(service: core.server, serviceName: "core"))
            nearCore = core.server.near
        } else {
            coreReady.yield()
        }
        guard runsGateway else {
            services.append(.init(service: HangupSignal {}, serviceName: "hangup"))
            return try await runGroup(services, logger)
        }
        let gateway = try await GatewayHalf(
            settings, keys: keys, files: files, admin: runsCore ? nil : admin, core: nearCore)
        let banner = Banner(settings, runsCore: runsCore)
        // Whatever happens next, the password must have been seen.
        if let password = gateway.firstPassword { banner.show(firstPassword: password) }
        let server = gateway.server { port in banner.show(port: port, logger) }
        gatewayMetrics.set { server.metrics() }
        services.append(.init(service: HangupSignal { await server.reload() }, serviceName: "hangup"))
        services.append(.init(service: StartedAfter(ready: coreIsReady, service: server), serviceName: "gateway"))
        do {
            try await runGroup(services, logger)
        } catch {
            await gateway.close(logger)
            throw error
        }
        await gateway.close(logger)
    }

    private func chooseAdmin(_ logger: Logger) -> SocketEndpoint? {
        let admin = AdminAddress.choose(settings, for: command)
        if admin == nil, let wanted = settings.listen.admin {
            logger.warning(
                "admin_address: \(wanted.description) is in use by another process; this one runs without /livez and /readyz"
            )
        }
        return admin
    }

    private func makeCore(
        _ keys: AssertionKeys, admin: SocketEndpoint?, _ gatewayMetrics: GatewayMetricsSource, _ logger: Logger,
        whenReady: @escaping @Sendable () -> Void
    ) throws -> CoreHalf {
        logger.info(
            "the broker is \(settings.broker.shownURL)", metadata: ["source": "\(settings.broker.choice.source)"])
        let corePlace = settings.core.endpoint
        return try CoreHalf(
            settings, keys: keys, admin: admin, isOnlyHalf: !runsGateway, otherMetrics: { gatewayMetrics.text() }
        ) { listener in
            // The admin listener tells too; only the gateway's way in counts.
            if CoreHalf.isPlace(listener, corePlace) { whenReady() }
        }
    }

    private func runGroup(
        _ services: [ServiceGroupConfiguration.ServiceConfiguration], _ logger: Logger
    ) async throws {
        // The group's own words are about service names; ours are about what happened.
        var quiet = Logger(label: "services")
        quiet.logLevel = .critical
        let deadline = ShutdownDeadline(seconds: Self.lastWord, logger: logger)
        // One that fails takes the others down in good order, so that the reason is all that is said.
        let failing = services.map { service in
            var service = service
            service.failureTerminationBehavior = .gracefullyShutdownGroup
            return service
        }
        var configuration = ServiceGroupConfiguration(
            services: failing
                + [.init(service: deadline, successTerminationBehavior: .ignore, serviceName: "shutdown deadline")],
            gracefulShutdownSignals: [.sigterm, .sigint], logger: quiet)
        configuration.maximumGracefulShutdownDuration = .seconds(Self.shutdownTime)
        do {
            try await ServiceGroup(configuration: configuration).run()
        } catch is CancellationError {
            // The time for a graceful shutdown was over.
        }
    }
}
