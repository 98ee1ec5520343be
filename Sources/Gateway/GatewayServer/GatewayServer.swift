import APITokens
import AuditTrail
import Identity
import Logging
import NIOConcurrencyHelpers
import NIOCore
import NIOPosix
import ServiceLifecycle
import SessionStore
import SignIn

/// The gateway as a service: it listens until the program stops, then finishes what is in progress.
package struct GatewayServer: Service {
    private let configuration: GatewayConfiguration
    private let sessions: any SessionStore
    private let passwords: PasswordAuthenticator?
    private let providers: [any SignInProvider]
    private let tokens: TokenStore?
    private let audit: AuditTrail?
    private let logger: Logger
    private let accessLog: AccessLogSink?
    private let group: any EventLoopGroup
    private let onListening: @Sendable ([SocketAddress]) -> Void
    /// What the gateway counts, for metrics.
    package let counters = GatewayCounters()
    private let certificates = NIOLockedValueBox<CertificateStore?>(nil)

    /// - Parameters:
    ///   - passwords: nil when nobody signs in with a password.
    ///   - tokens: nil when there are no API tokens.
    ///   - audit: nil when nothing is recorded.
    ///   - accessLog: takes one line per request; nil when nobody wants them.
    ///   - onListening: called once all listeners are bound, with their addresses.
    package init(
        configuration: GatewayConfiguration, sessions: any SessionStore, passwords: PasswordAuthenticator?,
        providers: [any SignInProvider], tokens: TokenStore? = nil, audit: AuditTrail? = nil, logger: Logger,
        accessLog: AccessLogSink? = nil,
        eventLoopGroup: any EventLoopGroup = MultiThreadedEventLoopGroup.singleton,
        onListening: @escaping @Sendable ([SocketAddress]) -> Void = { _ in }
    ) {
        self.configuration = configuration
        self.sessions = sessions
        self.passwords = passwords
        self.providers = providers
        self.tokens = tokens
        self.audit = audit
        self.logger = logger
        self.accessLog = accessLog
        group = eventLoopGroup
        self.onListening = onListening
    }

    /// Serves until graceful shutdown or cancellation. Throws `GatewayStartError` when it cannot start.
    package func run() async throws {
        let gateway = try Gateway(
            configuration: configuration, sessions: sessions, passwords: passwords, providers: providers,
            tokens: tokens, audit: audit, counters: counters, logger: logger, accessLog: accessLog)
        if configuration.unauthenticatedAPI {
            logger.warning("unauthenticated_api: anybody may read workers, tasks and queue lengths of the API")
        }
        if configuration.openMetrics { logger.warning("metrics_auth=none: anybody may read /metrics") }
        let tls: CertificateStore? =
            if let files = configuration.tls { try await CertificateStore.load(files, logger: logger) } else { nil }
        certificates.withLockedValue { $0 = tls }
        let watch = Task { await tls?.watch() }
        defer { watch.cancel() }
        // Before the first request: otherwise it would find no token.
        await tokens?.follow()
        let following = Task { await tokens?.run() }
        let memberships = Task { await gateway.memberships.run() }
        endSessionsOfChangedUsers()
        defer {
            following.cancel()
            memberships.cancel()
        }
        let loops = try await makeLoops(gateway)
        let pipeline = ConnectionPipeline(gateway: gateway, tls: tls, loops: loops)
        let admin = try await AdminListener.bind(configuration.admin, core: gateway.core, group: group) { metrics() }
        defer { admin?.close(promise: nil) }
        let listeners = try await Listeners.bind(configuration.listeners, group: group, pipeline: pipeline)
        let addresses = listeners.channels.compactMap(\.localAddress)
        for address in addresses { logger.info("the gateway listens", metadata: ["address": "\(address)"]) }
        onListening(addresses)

        await ShutdownSignal.wait()
        let stopping = Array(loops.values)
        // From now on answers say that the connection closes; then nobody new comes in; then the rest may finish.
        for loop in stopping { try? await loop.eventLoop.submit { loop.value.stop() }.get() }
        await listeners.close()
        await drain(stopping)
    }

    /// The gateway's metrics as Prometheus text.
    package func metrics() -> [UInt8] {
        GatewayMetrics(
            counters: counters, sessions: sessions, audit: audit, certificates: certificates.withLockedValue { $0 }
        ).text()
    }

    /// Takes certificate and key from their files again.
    package func reload() async {
        if let audit {
            var event = AuditEvent(.configurationReloaded, time: audit.time)
            event.action = "configuration.reload"
            event.reason = "SIGHUP"
            audit.record(event)
        }
        await certificates.withLockedValue { $0 }?.reload()
    }

    /// At once, not with the next check: whoever takes a user out of a file expects that.
    private func endSessionsOfChangedUsers() {
        let (sessions, logger) = (sessions, logger)
        passwords?.whenUsersChange { names in
            Task {
                for name in names {
                    let owner = SessionOwner(provider: PasswordAuthenticator.providerID, subject: name)
                    do {
                        let count = try await sessions.endAll(of: owner, except: nil)
                        if count > 0 {
                            logger.notice(
                                "sessions of a changed user were ended",
                                metadata: ["user": "\(name)", "sessions": "\(count)"])
                        }
                    } catch {
                        // The background check ends them a little later.
                        logger.warning(
                            "sessions of a changed user could not be ended yet", metadata: ["error": "\(error)"])
                    }
                }
            }
        }
    }

    private func makeLoops(_ gateway: Gateway) async throws -> [ObjectIdentifier: NIOLoopBound<EdgeLoop>] {
        var loops: [ObjectIdentifier: NIOLoopBound<EdgeLoop>] = [:]
        for eventLoop in group.makeIterator() {
            loops[ObjectIdentifier(eventLoop)] = try await eventLoop.submit {
                let loop = EdgeLoop(eventLoop: eventLoop, gateway: gateway)
                loop.start()
                return NIOLoopBound(loop, eventLoop: eventLoop)
            }.get()
        }
        return loops
    }

    /// In-flight requests may finish within the limit; what is left then is cut off.
    private func drain(_ loops: [NIOLoopBound<EdgeLoop>]) async {
        let seconds = Int64(configuration.limits.drainTime)
        let timer = group.any().scheduleTask(in: .seconds(seconds)) {
            for loop in loops { loop.eventLoop.execute { loop.value.closeAll() } }
        }
        let drained = loops.map { loop in loop.eventLoop.flatSubmit { loop.value.drain() } }
        for loop in drained { try? await loop.get() }
        timer.cancel()
    }
}

/// Waits until the service shall stop.
private enum ShutdownSignal {
    static func wait() async {
        // Graceful shutdown cancels this wait; so does the cancellation of the task.
        await cancelWhenGracefulShutdown {
            let (stream, continuation) = AsyncStream<Void>.makeStream()
            for await _ in stream {}
            continuation.finish()
        }
    }
}
