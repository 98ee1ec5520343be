internal import ClusterState
import Synchronization

/// The object of `/api/tasks`, written piece by piece so that a list of all tasks never stands in memory as one text.
final class TaskListing: Sendable {
    /// Tasks per piece: some 100 KB.
    static let pieceLength = 128

    private struct State {
        var next = 0
        var isComplete = false
    }

    private let tasks: [TaskSnapshot]
    private let state = Mutex(State())

    init(_ tasks: [TaskSnapshot]) { self.tasks = tasks }

    var isComplete: Bool { state.withLock { $0.isComplete } }

    /// The next piece, nil after the last.
    func next() -> [UInt8]? {
        state.withLock { state in
            guard !state.isComplete else { return nil }
            let end = min(state.next + Self.pieceLength, tasks.count)
            var json = JSONBody(capacity: (end - state.next) * 960 + 64)
            if state.next == 0 { json.raw("{") }
            for index in state.next..<end {
                if index > 0 { json.raw(", ") }
                json.string(tasks[index].uuid)
                json.raw(": ")
                json.task(tasks[index], .listed)
            }
            state.next = end
            if end == tasks.count {
                json.raw("}")
                state.isComplete = true
            }
            return json.take()
        }
    }
}
