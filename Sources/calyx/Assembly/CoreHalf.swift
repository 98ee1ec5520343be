import CeleryBroker
import ClusterState
import CoreServer
import FlowerAPI
import History
import Identity
import Logging
import NIOCore
import Options
import ServiceLifecycle
import WebPages

/// The half that follows the broker: the settings brought to its services.
struct CoreHalf {
    let broker: RedisBroker
    let results: any ResultBackend
    let server: CoreServer
    /// nil: nothing is kept beyond memory.
    let history: History?

    /// `otherMetrics` follow the core's own on the admin listener. `whenListening` is called once the gateway can reach the core.
    init(
        _ settings: Settings, keys: AssertionKeys, admin: SocketEndpoint?, isOnlyHalf: Bool,
        otherMetrics: @escaping @Sendable () -> [UInt8],
        whenListening: @escaping @Sendable (CoreConfiguration.Listener) -> Void
    ) throws(StartupError) {
        let now = SystemClock.now
        let cluster = Cluster(limits: Self.limits(settings), now: now)
        broker = RedisBroker(
            configuration: try BrokerAssembly.configuration(settings), sink: cluster,
            aliveWorkers: { cluster.workers().filter(\.isAlive).map(\.hostname) },
            seenQueues: { cluster.queueNames() }, logger: Logger(label: "broker"), now: now)
        results = try BrokerAssembly.results(settings)
        history = HistoryAssembly.history(settings, cluster: cluster, broker: broker, now: now)
        let stored: any TaskHistory = history ?? NoHistory()
        let pages = WebPages(
            cluster: cluster, broker: broker, results: results, history: stored, instance: Self.instance(settings),
            now: now)
        let api = FlowerAPI(
            cluster: cluster, broker: broker, control: broker, publisher: broker, results: results, history: stored,
            options: FlowerAPIOptions(
                queueLengthFormat: settings.pages.flowerQueueLengths ? .flower : .flat,
                isReadOnly: settings.signIn.readOnly, inspectTimeout: settings.broker.inspectTimeout,
                version: Version.text),
            now: now)
        let listener = Self.listener(settings, isOnlyHalf: isOnlyHalf)
        server = CoreServer(
            configuration: CoreConfiguration(
                listen: listener, keys: keys, peerUID: settings.core.peerUID,
                adminListen: admin.map { .tcp(host: $0.host, port: $0.port) }, bodyLimit: settings.limits.bodySize,
                connectionLimit: (settings.limits.streams + settings.limits.coreConnections) * System.coreCount,
                liveStreamLimit: settings.limits.streams * System.coreCount,
                liveStreamsPerPrincipal: settings.limits.streamsPerUser),
            cluster: cluster, broker: broker, history: stored, pages: pages, api: api, logger: Logger(label: "core"),
            now: now,
            otherMetrics: otherMetrics,
            onListening: whenListening)
    }

    /// Where the core listens: a socket that only this user opens, unless an option makes it a shared place.
    private static func listener(_ settings: Settings, isOnlyHalf: Bool) -> CoreConfiguration.Listener {
        switch settings.core.endpoint {
        case .unix(let path): .unix(path: path, mode: isOnlyHalf && settings.core.isShared ? 0o660 : 0o600)
        case .tcp(let place): .tcp(host: place.host, port: place.port)
        case .tls(let place, let files):
            .tls(
                host: place.host, port: place.port,
                CoreConfiguration.TLSFiles(
                    certificate: files.certificate, key: files.key, authorities: files.authorities))
        }
    }

    /// What history holds at its busiest and gives back: changed tasks on their way to the file, the file's pages.
    private static let historyMemory = 24 << 20

    private static func limits(_ settings: Settings) -> ClusterLimits {
        let process = settings.limits.memory - (settings.history.isOn ? historyMemory : 0)
        return ClusterLimits(
            tasks: settings.limits.tasks, workers: settings.limits.workers, memory: settings.limits.memory,
            process: process, runtimeBounds: settings.pages.runtimeBuckets,
            purgeOfflineWorkers: settings.limits.purgeOfflineWorkers)
    }

    private static func instance(_ settings: Settings) -> InstanceInfo {
        InstanceInfo(
            version: Version.text, clusterName: settings.broker.cluster, naturalTime: settings.pages.naturalTime,
            autoRefresh: settings.pages.autoRefresh, tasksColumns: settings.pages.tasksColumns,
            isReadOnly: settings.signIn.readOnly, isPassive: settings.broker.passive)
    }
}

extension CoreHalf {
    /// Whether `listener` is where the gateway meets the core.
    static func isPlace(_ listener: CoreConfiguration.Listener, _ endpoint: Settings.Core.Endpoint) -> Bool {
        switch (listener, endpoint) {
        case (.unix(let path, _), .unix(let wanted)): path == wanted
        case (.tcp(let host, _), .tcp(let wanted)), (.tls(let host, _, _), .tls(let wanted, _)): host == wanted.host
        default: false
        }
    }
}
