internal import CeleryBroker
import Synchronization

/// Asks one worker about itself for one viewer: again when the answers are old, never twice at a time.
final class InspectionRequest: Sendable {
    private struct State {
        var isAsking = false
        var askedAt = -Double.infinity
    }

    private let worker: String
    private let state = Mutex(State())

    init(worker: String) { self.worker = worker }

    /// Returns at once; the answers show up in the broker's inspections. A worker that does not answer is asked again
    /// after `freshness` seconds.
    func ask(_ broker: any Broker, newest: WorkerInspection?, now: Double, freshness: Double) {
        guard broker.status.isConnected, now - (newest?.timestamp ?? -.infinity) > freshness else { return }
        let mayAsk = state.withLock { state in
            guard !state.isAsking, now - state.askedAt > freshness || now < state.askedAt else { return false }
            state = State(isAsking: true, askedAt: now)
            return true
        }
        guard mayAsk else { return }
        Task {
            // Why the broker cannot be asked is said by its status, which every page shows.
            try? await broker.refreshInspections(worker: worker)
            state.withLock { $0.isAsking = false }
        }
    }
}
