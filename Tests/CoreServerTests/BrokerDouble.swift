import CeleryBroker
import Synchronization

/// A broker whose status the test sets.
final class BrokerDouble: Broker, RemoteControl, TaskPublisher {
    private let state = Mutex(BrokerStatus(url: "redis://localhost:6379/0", isConnected: true, since: 0))

    var status: BrokerStatus {
        get { state.withLock { $0 } }
        set { state.withLock { $0 = newValue } }
    }

    func queueSample() -> QueueSample { QueueSample(queues: [QueueDepth(name: "celery", messages: 3)], takenAt: 0) }
    func inspections() -> [String: WorkerInspection] { [:] }
    func refreshInspections(worker: String?) async throws {}
    func run() async throws {}

    func broadcast(_ request: ControlRequest, timeout: Double?) async throws(ControlError) -> ControlOutcome {
        ControlOutcome()
    }

    @discardableResult
    func post(_ request: ControlRequest) async throws(ControlError) -> Int { 1 }

    func queuedTask(_ id: String, likelyIn likely: [String]) async -> QueueSearchOutcome { .absent }

    func publish(_ task: OutgoingTask) async throws(PublishError) -> PublishedTask {
        PublishedTask(id: task.id ?? "new", queues: ["celery"])
    }
}
