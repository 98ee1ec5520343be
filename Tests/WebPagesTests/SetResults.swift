import CeleryBroker
import Synchronization

/// A result backend whose content a test sets.
final class SetResults: ResultBackend {
    struct State {
        var problem: String?
        var stored: [String: StoredResult] = [:]
        var readers: [String: AsyncStream<StoredResult>.Continuation] = [:]
    }

    let state = Mutex(State())

    var summary: ResultBackendSummary {
        ResultBackendSummary(kind: .redis, url: "redis://results.example/0", problem: state.withLock { $0.problem })
    }

    func result(of taskID: String) async throws(ResultError) -> StoredResult? {
        state.withLock { $0.stored[taskID] }
    }

    func results(of taskIDs: [String]) async throws(ResultError) -> [String: StoredResult] {
        state.withLock { $0.stored.filter { taskIDs.contains($0.key) } }
    }

    func wait(for taskID: String, timeout: Double?) async throws(ResultError) -> StoredResult? {
        try await result(of: taskID)
    }

    func follow(_ taskID: String) -> AsyncStream<StoredResult> {
        let (stream, continuation) = AsyncStream.makeStream(of: StoredResult.self)
        continuation.onTermination = { [weak self] _ in
            self?.state.withLock { _ = $0.readers.removeValue(forKey: taskID) }
        }
        state.withLock { $0.readers[taskID] = continuation }
        return stream
    }

    func forget(_ taskID: String) async throws(ResultError) -> Bool { false }

    func abort(_ taskID: String) async throws(ResultError) -> String { throw .passive }

    func group(_ groupID: String) async throws(ResultError) -> StoredGroup? { nil }

    func run() async {}
}
