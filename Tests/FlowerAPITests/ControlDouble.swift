import CeleryBroker
import CeleryProtocol
import Synchronization

/// Workers that answer as the test says, and the commands they got.
final class ControlDouble: RemoteControl {
    private struct State {
        var requests: [ControlRequest] = []
        var answers: [(worker: String, value: JSONValue)] = []
        var missing: [String] = []
        var error: ControlError?
    }

    private let state = Mutex(State())

    var requests: [ControlRequest] { state.withLock(\.requests) }

    func set(_ answers: [(worker: String, value: JSONValue)], missing: [String] = []) {
        state.withLock {
            $0.answers = answers
            $0.missing = missing
        }
    }

    func fail(with error: ControlError) { state.withLock { $0.error = error } }

    func broadcast(_ request: ControlRequest, timeout: Double?) async throws(ControlError) -> ControlOutcome {
        try take(request)
        return state.withLock { state in
            var outcome = ControlOutcome()
            outcome.replies = state.answers.map { ControlOutcome.Reply(worker: $0.worker, value: $0.value) }
            outcome.missing = state.missing
            outcome.receivers = state.answers.count + state.missing.count
            return outcome
        }
    }

    @discardableResult
    func post(_ request: ControlRequest) async throws(ControlError) -> Int {
        try take(request)
        return 1
    }

    private func take(_ request: ControlRequest) throws(ControlError) {
        let error: ControlError? = state.withLock { state in
            if state.error == nil { state.requests.append(request) }
            return state.error
        }
        if let error { throw error }
    }
}

/// Takes tasks as a broker does.
final class PublisherDouble: TaskPublisher {
    private let sent = Mutex<[OutgoingTask]>([])
    private let failure = Mutex<PublishError?>(nil)
    private let queued = Mutex<QueueSearchOutcome>(.absent)
    private let searches = Mutex<[[String]]>([])

    var tasks: [OutgoingTask] { sent.withLock { $0 } }

    func fail(with error: PublishError) { failure.withLock { $0 = error } }

    /// The queues that were searched first.
    var searched: [[String]] { searches.withLock { $0 } }

    func set(queued outcome: QueueSearchOutcome) { queued.withLock { $0 = outcome } }

    func queuedTask(_ id: String, likelyIn likely: [String]) async -> QueueSearchOutcome {
        searches.withLock { $0.append(likely) }
        return queued.withLock { $0 }
    }

    func publish(_ task: OutgoingTask) async throws(PublishError) -> PublishedTask {
        if let error = failure.withLock({ $0 }) { throw error }
        let count = sent.withLock { tasks in
            tasks.append(task)
            return tasks.count
        }
        return PublishedTask(id: task.id ?? "sent-\(count)", queues: [task.queue ?? "celery"])
    }
}

/// A result backend whose results the test sets.
final class ResultsDouble: ResultBackend {
    private struct State {
        var stored: [String: StoredResult] = [:]
        var problem: String?
    }

    private let state = Mutex(State())

    var summary: ResultBackendSummary {
        ResultBackendSummary(kind: .redis, url: "redis://localhost:6379/0", problem: state.withLock(\.problem))
    }

    func set(_ result: StoredResult) { state.withLock { $0.stored[result.id] = result } }
    func set(problem: String) { state.withLock { $0.problem = problem } }

    func result(of taskID: String) async throws(ResultError) -> StoredResult? {
        if let problem = summary.problem { throw .unsupported(problem) }
        return state.withLock { $0.stored[taskID] }
    }

    func results(of taskIDs: [String]) async throws(ResultError) -> [String: StoredResult] {
        state.withLock { state in state.stored.filter { taskIDs.contains($0.key) } }
    }

    func wait(for taskID: String, timeout: Double?) async throws(ResultError) -> StoredResult? {
        let end = ContinuousClock.now + .seconds(timeout ?? 3600)
        while ContinuousClock.now < end, !Task.isCancelled {
            if let found = try await result(of: taskID), found.isFinal { return found }
            try? await Task.sleep(for: .milliseconds(5))
        }
        return try await result(of: taskID)
    }

    func follow(_ taskID: String) -> AsyncStream<StoredResult> { AsyncStream { $0.finish() } }
    func forget(_ taskID: String) async throws(ResultError) -> Bool { false }

    func abort(_ taskID: String) async throws(ResultError) -> String {
        if let problem = summary.problem { throw .unsupported(problem) }
        return state.withLock { state in
            if let stored = state.stored[taskID], stored.isFinal { return stored.state }
            state.stored[taskID] = StoredResult(id: taskID, state: "ABORTED")
            return "ABORTED"
        }
    }

    func group(_ groupID: String) async throws(ResultError) -> StoredGroup? { nil }
    func run() async {}
}
