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
    private let refusedConnections = Counter()
    private let liveStreams = Counter()
    private let loggedRequests = Counter()

    package init() {}

    func count(_ outcome: Outcome) { outcomes[outcome.rawValue].add(1) }
    func connectionOpened() { connections.add(1) }
    func connectionClosed() { connections.add(-1) }
    func connectionRefused() { refusedConnections.add(1) }
    func streamOpened() { liveStreams.add(1) }
    func streamClosed() { liveStreams.add(-1) }

    /// Requests answered, by outcome.
    package var decisions: [(outcome: String, count: Int)] {
        Outcome.allCases.map { ($0.name, outcomes[$0.rawValue].current) }
    }

    /// Connections open now.
    package var openConnections: Int { connections.current }
    /// Connections closed at once because of a limit.
    package var connectionsRefused: Int { refusedConnections.current }
    /// Live streams open now.
    package var openStreams: Int { liveStreams.current }
}
