internal import CeleryProtocol

/// What tasks are sorted by: numbers as numbers, texts casefolded.
struct TaskSorting {
    private let key: TaskQuery.SortKey
    /// Casefolded texts of handles, within one slice.
    private var folded: [UInt32: String] = [:]
    /// Text bytes looked at since the last reset.
    private(set) var scanned = 0

    init(_ key: TaskQuery.SortKey) { self.key = key }

    mutating func forget() {
        folded.removeAll(keepingCapacity: true)
        scanned = 0
    }

    mutating func key(_ at: Int, in store: borrowing ClusterStore) -> (Double, String?) {
        let row = store.tasks.rows + at
        switch key {
        case .timestamp: return TaskSorting.number(store.tasks.timestamps[at])
        case .sent: return TaskSorting.number(store.tasks.origin(of: Int32(at)).sent)
        case .received: return TaskSorting.number(row.pointee.received)
        case .started: return TaskSorting.number(row.pointee.started)
        case .succeeded: return TaskSorting.number(store.time(of: .succeeded, in: at))
        case .failed: return TaskSorting.number(store.time(of: .failed, in: at))
        case .retried: return TaskSorting.number(store.time(of: .retried, in: at))
        case .revoked: return TaskSorting.number(store.time(of: .revoked, in: at))
        case .rejected: return TaskSorting.number(store.time(of: .rejected, in: at))
        case .runtime: return TaskSorting.number(row.pointee.runtime)
        case .retries: return (row.pointee.retries == TaskRow.noAttempt ? -.infinity : Double(row.pointee.retries), nil)
        case .clock: return (row.pointee.clock == .min ? -.infinity : Double(row.pointee.clock), nil)
        // Ids order by themselves, as every tie does.
        case .uuid: return (0, nil)
        case .name: return text(row.pointee.name, { store.names.string($0) })
        case .worker: return text(row.pointee.worker, { store.hosts.string($0) })
        case .client: return text(store.tasks.origin(of: Int32(at)).client, { store.hosts.string($0) })
        case .state:
            let state = row.pointee.state
            // Handle 0 is no text, and state 0 is one.
            return text(state.rawValue + 1, { _ in store.name(of: state) })
        case .exchange:
            return text(store.tasks.origin(of: Int32(at)).route, { TaskRoute(packed: store.routes.text($0)).exchange })
        case .routingKey:
            return text(
                store.tasks.origin(of: Int32(at)).route, { TaskRoute(packed: store.routes.text($0)).routingKey })
        case .args: return text(.args, row.pointee.request, store)
        case .kwargs: return text(.kwargs, row.pointee.request, store)
        case .eta: return text(.eta, row.pointee.request, store)
        case .expires: return text(.expires, row.pointee.request, store)
        case .result: return text(.result, row.pointee.outcome, store)
        case .exception: return text(.exception, row.pointee.outcome, store)
        }
    }

    private static func number(_ value: Double) -> (Double, String?) { (value.isNaN ? -.infinity : value, nil) }

    private mutating func text(_ handle: UInt32, _ find: (UInt32) -> String?) -> (Double, String?) {
        guard handle != 0 else { return (0, nil) }
        if let known = folded[handle] { return (0, known) }
        let text = find(handle).map { CaseFolding.fold($0) }
        folded[handle] = text
        return (0, text)
    }

    private mutating func text(
        _ field: TextField, _ reference: TextArena.Reference, _ store: borrowing ClusterStore
    ) -> (Double, String?) {
        scanned += 64
        guard let bytes = store.text(field, in: reference) else { return (0, nil) }
        // Folding and comparing take several times as long as looking for a word.
        scanned += 256 + bytes.count * 4
        return (0, CaseFolding.fold(bytes))
    }
}
