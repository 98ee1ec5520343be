/// The filters of a query at work on rows.
struct TaskFilter {
    private let worker: String?
    private let name: String?
    private let state: String?
    private let receivedAfter: Double?
    private let receivedBefore: Double?
    private let after: TaskPosition?
    private var scope: ScopeFilter?
    private var workerVerdicts = HandleVerdicts()
    private var nameVerdicts = HandleVerdicts()
    private var stateVerdicts = HandleVerdicts()

    init(_ query: TaskQuery) {
        worker = query.worker.map { CaseFolding.fold($0) }
        name = query.name.map { CaseFolding.fold($0) }
        state = query.state.map { CaseFolding.fold($0) }
        receivedAfter = query.receivedAfter
        receivedBefore = query.receivedBefore
        after = query.after
        scope = query.scope.map { ScopeFilter($0) }
    }

    /// Every task matches.
    var isEmpty: Bool {
        worker == nil && name == nil && state == nil && receivedAfter == nil && receivedBefore == nil && after == nil
            && scope == nil
    }

    /// Handles may mean something else once the state was let go.
    mutating func forget() {
        workerVerdicts.forget()
        nameVerdicts.forget()
        stateVerdicts.forget()
        scope?.forget()
    }

    mutating func matches(_ at: Int, in store: borrowing ClusterStore) -> Bool {
        if scope?.matches(at, in: store) == false { return false }
        let row = store.tasks.rows + at
        if let state {
            let code = row.pointee.state
            guard stateVerdicts.verdict(code.rawValue, { CaseFolding.fold(store.name(of: code)) == state }) else {
                return false
            }
        }
        if let name {
            let handle = row.pointee.name
            let isRight = nameVerdicts.verdict(handle) { CaseFolding.fold(store.names.string(handle) ?? "") == name }
            guard isRight else { return false }
        }
        if let worker {
            let handle = row.pointee.worker
            let isRight = workerVerdicts.verdict(handle) {
                CaseFolding.fold(store.hosts.string(handle) ?? "") == worker
            }
            guard isRight else { return false }
        }
        // Tasks that were never received pass both ends.
        if let receivedAfter, row.pointee.received < receivedAfter { return false }
        if let receivedBefore, row.pointee.received > receivedBefore { return false }
        if let after {
            let timestamp = store.tasks.timestamps[at]
            guard timestamp <= after.timestamp else { return false }
            if timestamp == after.timestamp, store.text(of: row.pointee.id) ?? "" >= after.uuid { return false }
        }
        return true
    }
}
