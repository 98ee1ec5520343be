import CeleryBroker
import CeleryProtocol
import Synchronization

/// A broker whose answers the test sets, and which notes what it was asked.
final class BrokerDouble: Broker {
    private struct State {
        var status = BrokerStatus(url: "redis://localhost:6379/0", isConnected: true, since: 0)
        var sample = QueueSample()
        var inspections: [String: WorkerInspection] = [:]
        var refreshed: [String?] = []
        var onRefresh: [String: WorkerInspection] = [:]
    }

    private let state = Mutex(State())

    var status: BrokerStatus {
        get { state.withLock(\.status) }
        set { state.withLock { $0.status = newValue } }
    }
    var refreshed: [String?] { state.withLock(\.refreshed) }

    func set(sample: QueueSample) { state.withLock { $0.sample = sample } }
    func set(inspection: WorkerInspection, of worker: String) { state.withLock { $0.inspections[worker] = inspection } }
    /// Arrives only when workers are asked.
    func set(answer: WorkerInspection, of worker: String) { state.withLock { $0.onRefresh[worker] = answer } }

    func queueSample() -> QueueSample { state.withLock(\.sample) }
    func inspections() -> [String: WorkerInspection] { state.withLock(\.inspections) }
    func refreshInspections(worker: String?) async throws {
        state.withLock { state in
            state.refreshed.append(worker)
            state.inspections.merge(state.onRefresh) { _, new in new }
        }
    }
    func run() async throws {}
}
