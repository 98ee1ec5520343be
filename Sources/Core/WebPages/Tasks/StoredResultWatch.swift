internal import CeleryBroker
import CeleryProtocol
import Synchronization

/// What the result backend stores of one task, kept up to date for one viewer while somebody looks.
final class StoredResultWatch: Sendable {
    /// How long a document waits for the backend.
    private static let patience = Duration.milliseconds(400)

    private struct State {
        var stored: StoredResult?
        /// Equal for equal results.
        var digest = 0
        var following: Task<Void, Never>?
    }

    private let id: String
    private let state = Mutex(State())

    init(id: String) { self.id = id }

    deinit { stop() }

    var stored: StoredResult? { state.withLock { $0.stored } }
    var digest: Int { state.withLock { $0.digest } }

    /// Reads once; returns without a result when the backend is slow or away.
    func fetch(from results: any ResultBackend) async {
        guard results.summary.problem == nil else { return }
        let (answered, answer) = AsyncStream.makeStream(of: Void.self)
        Task { [weak self, id] in
            if let stored = try? await results.result(of: id) { self?.take(stored) }
            answer.finish()
        }
        let patience = Task {
            try await Task.sleep(for: Self.patience)
            answer.finish()
        }
        for await _ in answered {}
        patience.cancel()
    }

    /// Takes every state from now on; does nothing when it does so already.
    func follow(_ results: any ResultBackend) {
        guard results.summary.problem == nil else { return }
        state.withLock { state in
            guard state.following == nil else { return }
            state.following = Task { [weak self, id] in
                for await stored in results.follow(id) { self?.take(stored) }
            }
        }
    }

    func stop() {
        state.withLock { state in
            state.following?.cancel()
            state.following = nil
        }
    }

    private func take(_ stored: StoredResult) {
        var hasher = Hasher()
        hasher.combine(stored.state)
        hasher.combine(stored.result.map(PythonLiteral.text))
        hasher.combine(stored.traceback)
        hasher.combine(stored.unreadable)
        let digest = hasher.finalize()
        state.withLock { state in
            state.stored = stored
            state.digest = digest
        }
    }
}
