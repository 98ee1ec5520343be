internal import Logging
internal import RedisClient
import Synchronization

/// Keeps the broker's status, logs its changes once each, and tells when the broker is connected anew.
final class StatusBoard: Sendable {
    private struct Shared {
        var link: LinkStatus
        var logged: String?
    }

    private let shared: Mutex<Shared>
    private let logger: Logger
    private let now: @Sendable () -> Double
    private let onConnected: @Sendable () -> Void

    init(
        url: String, logger: Logger, now: @escaping @Sendable () -> Double, onConnected: @escaping @Sendable () -> Void
    ) {
        shared = Mutex(Shared(link: LinkStatus(url: url, now: now())))
        self.logger = logger
        self.now = now
        self.onConnected = onConnected
    }

    var status: BrokerStatus { shared.withLock { $0.link.status } }

    func commandsChanged(to state: RedisClient.State) { change { $0.commandsChanged(to: state, now: $1) } }

    func eventsChanged(to state: RedisClient.State) { change { $0.eventsChanged(to: state, now: $1) } }

    private func change(_ body: (inout LinkStatus, Double) -> Void) {
        let time = now()
        let (before, after, isNews) = shared.withLock { shared in
            let before = shared.link.status
            body(&shared.link, time)
            let after = shared.link.status
            let isNews = after.problem != shared.logged && !(after.problem != nil && after.nextAttempt == nil)
            if isNews { shared.logged = after.problem }
            return (before, after, isNews)
        }
        if isNews, let problem = after.problem { logger.warning("\(problem)") }
        if after.isConnected, !before.isConnected {
            logger.info("Following the events at \(after.url).")
            onConnected()
        }
    }
}
