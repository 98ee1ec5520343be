internal import ClusterState
internal import History
import Synchronization

/// What history keeps of one task that memory does not know from its beginning, read when its page is opened.
final class ArchivedTask: Sendable {
    private struct State {
        var task: TaskSnapshot?
        var problem: String?
    }

    private let state = Mutex(State())

    /// Why history did not answer.
    var problem: String? { state.withLock { $0.problem } }

    func read(_ id: String, from source: PageSource) async {
        guard source.cluster.task(id)?.name == nil else { return }
        let found = await source.archive.task(id)
        state.withLock { $0 = State(task: found.task, problem: found.problem) }
    }

    /// The task as it is known now.
    func task(_ id: String, _ source: PageSource) -> TaskSnapshot? {
        let seen = source.cluster.task(id)
        guard seen?.name == nil, let stored = state.withLock({ $0.task }) else { return seen }
        return seen?.completed(by: stored) ?? stored
    }
}
