internal import CeleryBroker
internal import ClusterState

/// Whether what pages show is what is so in the cluster now.
struct LiveStatus: Sendable, Equatable {
    enum State: String, Sendable {
        case live
        /// Events come in late.
        case behind
        /// The broker does not answer, so nothing comes in.
        case blind
    }

    /// Younger events count as live.
    static let tolerableLag = 2.0

    var state = State.live
    /// Whole seconds, while behind.
    var lagSeconds = 0

    init() {}

    init(_ source: PageSource, now: Double) {
        guard source.broker.status.isConnected else {
            state = .blind
            return
        }
        let lag = source.cluster.ingestStatus().lagSeconds
        if lag > Self.tolerableLag, lag.isFinite {
            state = .behind
            lagSeconds = Int(min(lag, 1e9))
        }
    }
}
