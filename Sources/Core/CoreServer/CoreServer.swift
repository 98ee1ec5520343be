package import CeleryBroker
package import ClusterState
package import FlowerAPI
package import History
import Hummingbird
package import Identity
package import Logging
internal import ServiceLifecycle
package import WebPages

/// The core's HTTP side: API, pages and live streams for the gateway, and the open admin listener.
package struct CoreServer: Service {
    private let configuration: CoreConfiguration
    private let responder: CoreResponder
    private let admin: AdminResponder
    private let ticker: LiveTicker
    private let live: LiveService
    private let losses: LossLog
    private let logger: Logger
    private let onListening: @Sendable (CoreConfiguration.Listener) -> Void

    /// `now` gives unix seconds. `otherMetrics` is Prometheus text that the admin listener's `/metrics` ends with: the other
    /// half's, when both run in one process. `onListening` is called once per listener, with the real port.
    package init(
        configuration: CoreConfiguration, cluster: Cluster, broker: any Broker, history: any TaskHistory = NoHistory(),
        pages: WebPages, api: FlowerAPI,
        logger: Logger, now: @escaping @Sendable () -> Double = SystemClock.now,
        otherMetrics: @escaping @Sendable () -> [UInt8] = { [] },
        onListening: @escaping @Sendable (CoreConfiguration.Listener) -> Void = { _ in }
    ) {
        losses = LossLog(cluster: cluster, logger: logger)
        let health = HealthCheck(cluster: cluster, broker: broker, history: history, now: now)
        self.configuration = configuration
        self.logger = logger
        self.onListening = onListening
        ticker = LiveTicker(
            limit: configuration.liveStreamLimit, perPrincipal: configuration.liveStreamsPerPrincipal)
        let gate = AssertionGate(keys: configuration.keys, now: now, logger: logger)
        live = LiveService(gate: gate, pages: pages, ticker: ticker)
        responder = CoreResponder(
            gate: gate, api: api, pages: pages, health: health, bodyLimit: configuration.bodyLimit, logger: logger)
        admin = AdminResponder(api: api, health: health, otherMetrics: otherMetrics)
    }

    /// For a gateway in the same process.
    package var near: any NearCore { MemoryReads(api: responder.api) }

    /// Serves until it is shut down gracefully or cancelled. Throws `CoreServerError` when it cannot listen.
    package func run() async throws {
        try await withThrowingTaskGroup(of: Void.self) { group in
            defer { group.cancelAll() }
            let ticking = Task { await ticker.run() }
            let losing = Task { await losses.run() }
            defer {
                ticking.cancel()
                losing.cancel()
            }
            if let address = configuration.adminListen {
                group.addTask {
                    let listening = ListeningApplication(
                        address, peerUID: nil, live: nil, configuration: configuration, logger: logger,
                        onListening: onListening)
                    try await listening.run(admin)
                }
            }
            group.addTask {
                let listening = ListeningApplication(
                    configuration.listen, peerUID: configuration.peerUID, live: live, configuration: configuration,
                    logger: logger, onListening: onListening)
                try await listening.run(responder)
            }
            // A listener ends by graceful shutdown, and then both do, or by an error, which ends the other.
            for try await _ in group {}
        }
    }
}
