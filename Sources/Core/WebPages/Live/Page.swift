internal import CeleryBroker
internal import ClusterState
internal import History
internal import Identity

/// Where pages read from.
struct PageSource: Sendable {
    /// As the person who looks may see it.
    var cluster: ClusterView
    var broker: any Broker
    let results: any ResultBackend
    var history: any TaskHistory = NoHistory()
    let instance: InstanceInfo
    let now: @Sendable () -> Double

    /// Memory and history as one.
    var archive: TaskArchive { TaskArchive(cluster: cluster, history: history) }

    func limited(to scope: Scope?) -> PageSource {
        guard let scope else { return self }
        var source = self
        source.cluster = cluster.limited(to: scope)
        source.broker = ScopedBroker(broker, scope: scope)
        return source
    }
}

/// A page that can be rendered at any moment, and so be watched.
protocol Page: Sendable {
    /// Equal marks mean that rendering again would bring the same; much cheaper than rendering.
    func mark(_ source: PageSource) -> PageMark

    /// What the page shows now.
    func content(_ source: PageSource) -> PageContent

    /// Somebody opened the page or still watches it: the moment to ask workers for what only they know.
    func opened(_ source: PageSource)

    /// Before the first content: reads what neither memory nor events hold.
    func prepare(_ source: PageSource) async

    /// Somebody watches the page and may do so for long: called again and again, before `mark`.
    func watched(_ source: PageSource)

    /// The newest form of rows that left the list but may still be on a screen.
    func rows(_ keys: [String], of list: String, _ source: PageSource) -> [PageContent.Row]
}

extension Page {
    func opened(_ source: PageSource) {}

    func prepare(_ source: PageSource) async {}

    func watched(_ source: PageSource) {}

    func rows(_ keys: [String], of list: String, _ source: PageSource) -> [PageContent.Row] { [] }
}

/// What a page's content depends on.
struct PageMark: Sendable, Hashable {
    var revision: UInt64 = 0
    /// Workers grow silent without an event.
    var workersOnline = 0
    /// Since when nothing is heard of any worker.
    var blindSince: Double?
    var queuesTakenAt: Double?
    var queueProblem: String?
    var inspectedAt: Double?
    var gapCount: UInt64 = 0
    var hasOpenGap = false
    var resultsProblem: String?
    /// Of what the result backend stores.
    var storedDigest = 0
}

extension PageSource {
    /// Since when the broker does not answer, so that nothing is known of what happens; nil while it does.
    var blindSince: Double? {
        let status = broker.status
        return status.isConnected ? nil : status.since
    }
}
