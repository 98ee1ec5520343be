internal import CeleryBroker
import CeleryProtocol
internal import ClusterState

/// A task out of what its events tell and what the result backend stores. Events come first where both tell.
struct StoredTask {
    /// Of one value, in bytes or characters; a stored result may be as long as the backend allows.
    private static let longestText = 65_536

    /// Nil when neither tells anything.
    let task: TaskSnapshot?
    let stored: StoredResult?
    /// Whether the state is one that no event told.
    let isToldByBackend: Bool

    init(_ id: String, seen: TaskSnapshot?, stored: StoredResult?) {
        self.stored = stored
        guard let stored else {
            task = seen
            isToldByBackend = false
            return
        }
        var task = seen ?? TaskSnapshot(uuid: id, state: TaskState(name: stored.state))
        let isNews = stored.isFinal && !task.state.isFinished
        if isNews { task.state = TaskState(name: stored.state) }
        isToldByBackend = isNews || seen == nil
        Self.complete(&task, from: stored)
        self.task = task
    }

    private static func complete(_ task: inout TaskSnapshot, from stored: StoredResult) {
        func fill<Value>(_ field: WritableKeyPath<TaskSnapshot, Value?>, _ value: Value?) {
            if task[keyPath: field] == nil { task[keyPath: field] = value }
        }
        fill(\.name, stored.name)
        fill(\.worker, stored.worker)
        fill(\.queue, stored.queue)
        fill(\.retries, stored.retries)
        fill(\.parentID, stored.parentID)
        fill(\.traceback, stored.traceback)
        if case .array(let values)? = stored.arguments { fill(\.args, PythonLiteral.tuple(values)) }
        if case .object(let members)? = stored.keywordArguments { fill(\.kwargs, PythonLiteral.dictionary(members)) }
        if stored.state == "SUCCESS", task.result == nil { task.result = stored.result.map(PythonLiteral.text) }
        fill(\.exception, stored.exception?.text)
        if task.children.isEmpty { task.children = stored.children }
        for field in [\TaskSnapshot.args, \.kwargs, \.result, \.exception, \.traceback] {
            guard let text = task[keyPath: field], text.utf8.count > longestText else { continue }
            task[keyPath: field] = String(text.unicodeScalars.prefix(longestText))
            task.textIsCut = true
        }
    }
}
