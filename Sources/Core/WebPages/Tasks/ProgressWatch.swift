internal import CeleryBroker
internal import ClusterState
import Synchronization

/// What the running tasks of a watched list say of themselves in the result backend, kept up to date for one viewer.
final class ProgressWatch: Sendable {
    /// Of a list, the first so many running tasks are followed.
    static let limit = 200
    /// Seconds. A task that is over sooner is not worth a subscription.
    private static let leastAge = 1.0

    private struct State {
        var running: [(id: String, started: Double)] = []
        var following: [String: Task<Void, Never>] = [:]
        var stored: [String: StoredResult] = [:]
        var changes = 0
    }

    private let state = Mutex(State())

    deinit { state.withLock { state in state.following.values.forEach { $0.cancel() } } }

    /// What is stored of the tasks that are followed.
    var stored: [String: StoredResult] { state.withLock { $0.stored } }
    /// Another number after every change of `stored`.
    var digest: Int { state.withLock { $0.changes } }

    /// Takes the rows that the viewer has on the page now.
    func note(_ tasks: [TaskSnapshot]) {
        let running = tasks.lazy.filter { $0.state == .started }.prefix(Self.limit)
            .map { (id: $0.uuid, started: $0.started ?? 0) }
        state.withLock { $0.running = Array(running) }
    }

    /// Follows the noted tasks that have been running for a moment, and no others.
    ///
    /// Only a backend that announces changes is asked: one that must be polled would be asked for every row each second.
    func follow(_ results: any ResultBackend, now: Double) {
        let summary = results.summary
        guard summary.kind == .redis, summary.problem == nil else { return }
        state.withLock { state in
            let wanted = Set(state.running.lazy.filter { now - $0.started >= Self.leastAge }.map(\.id))
            for (id, task) in state.following where !wanted.contains(id) {
                task.cancel()
                state.following[id] = nil
                if state.stored.removeValue(forKey: id) != nil { state.changes += 1 }
            }
            for id in wanted where state.following[id] == nil {
                state.following[id] = Task { [weak self] in
                    for await stored in results.follow(id) { self?.take(stored, of: id) }
                }
            }
        }
    }

    private func take(_ stored: StoredResult, of id: String) {
        state.withLock { state in
            guard state.following[id] != nil else { return }
            state.stored[id] = stored
            state.changes += 1
        }
    }
}
