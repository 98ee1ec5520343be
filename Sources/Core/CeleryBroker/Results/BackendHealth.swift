internal import Logging
internal import RedisClient
import Synchronization

/// Whether a result backend answers; logs each change once.
final class BackendHealth: Sendable {
    private struct Shared {
        var problem: String?
        var logged: String?
    }

    private let shared: Mutex<Shared>
    private let logger: Logger

    init(connectingTo place: String, logger: Logger) {
        shared = Mutex(Shared(problem: "The result backend \(place) is not connected yet."))
        self.logger = logger
    }

    /// Why no result can be read now; nil when they can.
    var problem: String? { shared.withLock { $0.problem } }

    func changed(to state: RedisClient.State) {
        switch state {
        case .connecting: break
        case .connected: set(nil)
        case .down(let failure, _): set("The result backend does not answer: \(failure.message)")
        }
    }

    func set(_ problem: String?) {
        let (isNews, isBack) = shared.withLock { shared in
            shared.problem = problem
            defer { shared.logged = problem }
            return (problem != nil && problem != shared.logged, problem == nil && shared.logged != nil)
        }
        if isNews, let problem { logger.warning("\(problem)") }
        if isBack { logger.info("The result backend answers again.") }
    }
}
