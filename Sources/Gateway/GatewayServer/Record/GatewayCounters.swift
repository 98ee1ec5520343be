import NIOConcurrencyHelpers
import Synchronization

/// What the gateway counts. Cheap enough for every request; read when metrics are asked for.
package final class GatewayCounters: Sendable {
    private final class Counter: Sendable {
        private let value = Atomic<Int>(0)

        func add(_ amount: Int) { value.wrappingAdd(amount, ordering: .relaxed) }
        var current: Int { value.load(ordering: .relaxed) }
    }

    private let outcomes = Outcome.allCases.map { _ in Counter() }
    private let connections = Counter()
    private let limits = Limit.allCases.map { _ in Counter() }
    private let liveStreams = Counter()
    private let coreConnections = Counter()
    private let requests = NIOLockedValueBox<[RequestCounts]>([])

    package init() {}

    func count(_ outcome: Outcome) { outcomes[outcome.rawValue].add(1) }
    func connectionOpened() { connections.add(1) }
    func connectionClosed() { connections.add(-1) }
    func hit(_ limit: Limit) { limits[limit.rawValue].add(1) }
    func coreConnectionOpened() { coreConnections.add(1) }
    func coreConnectionClosed() { coreConnections.add(-1) }
    /// What one event loop counts.
    func add(_ counts: RequestCounts) { requests.withLockedValue { $0.append(counts) } }
    func streamOpened() { liveStreams.add(1) }
    func streamClosed() { liveStreams.add(-1) }

    /// Requests answered, by outcome.
    package var decisions: [(outcome: String, count: Int)] {
        Outcome.allCases.map { ($0.name, outcomes[$0.rawValue].current) }
    }

    /// Connections open now.
    package var openConnections: Int { connections.current }
    /// How often each limit was hit, by the name of its option.
    package var limitHits: [(option: String, count: Int)] {
        Limit.allCases.map { ($0.option, limits[$0.rawValue].current) }
    }
    /// Connections to the core open now.
    package var openCoreConnections: Int { coreConnections.current }
    /// Requests answered, sorted by route, method and status.
    var requestCounts: [(key: RequestCounts.Key, count: Int)] {
        var sums: [RequestCounts.Key: Int] = [:]
        for counts in requests.withLockedValue({ $0 }) { counts.add(to: &sums) }
        return sums.sorted { $0.key < $1.key }.map { ($0.key, $0.value) }
    }
    /// Live streams open now.
    package var openStreams: Int { liveStreams.current }
}
