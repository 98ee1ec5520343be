internal import Identity

/// A scope at work on rows: each name and each route is judged once while the state is held.
struct ScopeFilter {
    private let scope: Scope
    private var nameVerdicts = HandleVerdicts()
    private var routeVerdicts = HandleVerdicts()

    init(_ scope: Scope) { self.scope = scope }

    /// Handles may mean something else once the state was let go.
    mutating func forget() {
        nameVerdicts.forget()
        routeVerdicts.forget()
    }

    mutating func matches(_ at: Int, in store: borrowing ClusterStore) -> Bool {
        if !scope.tasks.isEmpty {
            let name = store.tasks.rows[at].name
            guard nameVerdicts.verdict(name, { scope.includes(taskName: store.names.string(name)) }) else {
                return false
            }
        }
        guard !scope.queues.isEmpty else { return true }
        let route = store.tasks.origin(of: Int32(at)).route
        guard route != 0 else { return false }
        return routeVerdicts.verdict(route) {
            scope.includes(queue: TaskRoute(packed: store.routes.text(route)).queue)
        }
    }
}
