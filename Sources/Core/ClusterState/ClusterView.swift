package import CeleryProtocol
package import Identity

/// The cluster as one person may see it. Pages and API read through it only, so that no question forgets the scope.
///
/// Without a scope every call goes straight to the cluster. With one, tasks outside of it are as unknown ones, in lists,
/// counts and relations alike.
package struct ClusterView: Sendable {
    private let cluster: Cluster
    package let scope: Scope?

    package init(_ cluster: Cluster, scope: Scope? = nil) {
        self.cluster = cluster
        self.scope = scope
    }

    /// The same cluster for somebody else.
    package func limited(to scope: Scope?) -> ClusterView { ClusterView(cluster, scope: scope) }

    package var revision: UInt64 { cluster.revision }
    package var workersRevision: UInt64 { cluster.workersRevision }

    package func ingestStatus() -> IngestStatus { cluster.ingestStatus() }

    package func gaps() -> (newest: [EventGap], total: UInt64) { cluster.gaps() }

    package func task(_ uuid: String) -> TaskSnapshot? {
        guard let task = cluster.task(uuid) else { return nil }
        guard let scope else { return task }
        return scope.includes(task) ? limitedRelations(of: task) : nil
    }

    package func tasks(_ query: TaskQuery) -> TaskPage {
        guard let scope else { return cluster.tasks(query) }
        var query = query
        query.scope = scope
        var page = cluster.tasks(query)
        // What changed between being found and being read is judged again.
        page.tasks = page.tasks.filter(scope.includes).map(limitedRelations)
        page.total = taskCounts().values.reduce(0, +)
        return page
    }

    /// Tasks newer than this that were ever known since the start are in memory; −∞ while none was evicted.
    package var newestEvicted: Double { cluster.newestEvicted }

    /// Those of `uuids` that are in memory, whether this person sees them or not: what memory says of them stands.
    package func known(of uuids: [String]) -> Set<String> { cluster.known(of: uuids) }

    /// `query` for tasks that this person may see.
    package func limited(_ query: TaskQuery) -> TaskQuery {
        var query = query
        query.scope = scope
        return query
    }

    /// A task that was read elsewhere as this person may see it; nil when it is outside of the scope.
    package func limited(_ task: TaskSnapshot) -> TaskSnapshot? {
        guard let scope else { return task }
        return scope.includes(task) ? limitedRelations(of: task) : nil
    }

    /// Tasks in memory by state name. With a scope they are counted, a few nanoseconds each.
    package func taskCounts() -> [String: Int] {
        guard let scope else { return cluster.taskCounts() }
        return cluster.taskCounts(in: scope)
    }

    package func taskTypes() -> [String] {
        let types = cluster.taskTypes()
        guard let scope else { return types }
        return types.filter { scope.includes(taskName: $0) }
    }

    package func queueNames() -> [String] {
        let names = cluster.queueNames()
        guard let scope else { return names }
        return names.filter { scope.includes(queue: $0) }
    }

    /// None with a scope: workers serve everybody's tasks, and what they count cannot be told apart.
    package func workers(includingPurged: Bool = false) -> [WorkerSnapshot] {
        scope == nil ? cluster.workers(includingPurged: includingPurged) : []
    }

    package func worker(_ hostname: String) -> WorkerSnapshot? { scope == nil ? cluster.worker(hostname) : nil }

    /// Empty with a scope.
    package func metrics() -> ClusterMetrics { scope == nil ? cluster.metrics() : ClusterMetrics() }

    /// Without the ids of tasks outside of the scope.
    private func limitedRelations(of task: TaskSnapshot) -> TaskSnapshot {
        var task = task
        task.children = task.children.filter(isInside)
        if let parent = task.parentID, !isInside(parent) { task.parentID = nil }
        if let root = task.rootID, root != task.uuid, !isInside(root) { task.rootID = nil }
        return task
    }

    private func isInside(_ uuid: String) -> Bool {
        guard let scope else { return true }
        return cluster.isTask(uuid, in: scope)
    }
}

extension Scope {
    fileprivate func includes(_ task: TaskSnapshot) -> Bool { includes(taskName: task.name, queue: task.queue) }
}

extension Cluster {
    private static let rowsPerCount = 8192

    func isTask(_ uuid: String, in scope: Scope) -> Bool {
        lock.withLock {
            var filter = ScopeFilter(scope)
            let row = store.pointee.row(of: uuid)
            return row >= 0 && filter.matches(Int(row), in: store.pointee)
        }
    }

    fileprivate var newestEvicted: Double { lock.withLock { store.pointee.newestEvicted } }

    func taskCounts(in scope: Scope) -> [String: Int] {
        var filter = ScopeFilter(scope)
        var counts: [String: Int] = [:]
        var next = 0
        while lock.withLock({
            filter.forget()
            let used = store.pointee.tasks.used
            let end = min(next + Cluster.rowsPerCount, used)
            var byState: [UInt32: Int] = [:]
            while next < end {
                // No task has no time.
                if !store.pointee.tasks.timestamps[next].isNaN, filter.matches(next, in: store.pointee) {
                    byState[store.pointee.tasks.rows[next].state.rawValue, default: 0] += 1
                }
                next += 1
            }
            for (code, count) in byState {
                counts[store.pointee.name(of: StateCode(rawValue: code)), default: 0] += count
            }
            return next < used
        }) {}
        return counts
    }
}
