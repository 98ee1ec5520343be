internal import CeleryProtocol

/// What tasks are sorted by: numbers as numbers, texts casefolded.
struct TaskSorting {
    enum Value {
        /// Absent is −∞.
        case number(Double)
        /// Already casefolded.
        case folded([UInt8]?)
        case text(UnsafeRawBufferPointer?)
    }

    private struct Known {
        var slice: UInt32 = 0
        var text: [UInt8]?
    }

    private let key: TaskQuery.SortKey
    /// Casefolded texts by handle, with the slice that they are from.
    private var known: [Known] = []
    private var slice: UInt32 = 1
    /// Text bytes looked at since the last reset, a measure of the time spent.
    var scanned = 0

    init(_ key: TaskQuery.SortKey) { self.key = key }

    mutating func forget() {
        slice &+= 1
        scanned = 0
    }

    mutating func value(_ at: Int, in store: borrowing ClusterStore) -> Value {
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
        case .retries:
            return .number(row.pointee.retries == TaskRow.noAttempt ? -.infinity : Double(row.pointee.retries))
        case .clock: return .number(row.pointee.clock == .min ? -.infinity : Double(row.pointee.clock))
        // Ids order by themselves, as every tie does.
        case .uuid: return .number(0)
        case .name: return folded(row.pointee.name) { store.names.string($0) }
        case .worker: return folded(row.pointee.worker) { store.hosts.string($0) }
        case .client: return folded(store.tasks.origin(of: Int32(at)).client) { store.hosts.string($0) }
        case .state:
            let state = row.pointee.state
            // Handle 0 is no text, and state 0 is one.
            return folded(state.rawValue + 1) { _ in store.name(of: state) }
        case .exchange:
            return folded(store.tasks.origin(of: Int32(at)).route) {
                TaskRoute(packed: store.routes.text($0)).exchange
            }
        case .routingKey:
            return folded(store.tasks.origin(of: Int32(at)).route) {
                TaskRoute(packed: store.routes.text($0)).routingKey
            }
        case .args: return text(.args, row.pointee.request, store)
        case .kwargs: return text(.kwargs, row.pointee.request, store)
        case .eta: return text(.eta, row.pointee.request, store)
        case .expires: return text(.expires, row.pointee.request, store)
        case .result: return text(.result, row.pointee.outcome, store)
        case .exception: return text(.exception, row.pointee.outcome, store)
        }
    }

    private static func number(_ value: Double) -> Value { .number(value.isNaN ? -.infinity : value) }

    private mutating func folded(_ handle: UInt32, _ find: (UInt32) -> String?) -> Value {
        guard handle != 0 else { return .folded(nil) }
        let index = Int(handle)
        if index >= known.count {
            known.append(contentsOf: repeatElement(Known(), count: max(index + 1 - known.count, known.count)))
        }
        if known[index].slice != slice {
            known[index] = Known(slice: slice, text: find(handle).map { Array(CaseFolding.fold($0).utf8) })
        }
        return .folded(known[index].text)
    }

    private mutating func text(
        _ field: TextField, _ reference: TextArena.Reference, _ store: borrowing ClusterStore
    ) -> Value {
        scanned += 32
        return .text(store.text(field, in: reference))
    }
}
