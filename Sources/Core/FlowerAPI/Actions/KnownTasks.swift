internal import CeleryBroker
internal import CeleryProtocol
internal import ClusterState

/// Which task names there are.
enum KnownTasks {
    /// Tasks that every Celery application has and no worker lists.
    private static let ofCelery: Set<String> = [
        "celery.accumulate", "celery.backend_cleanup", "celery.chain", "celery.chord", "celery.chord_unlock",
        "celery.chunks", "celery.group", "celery.map", "celery.starmap",
    ]

    static func contains(_ name: String, cluster: ClusterView, inspections: [String: WorkerInspection]) -> Bool {
        if ofCelery.contains(name) { return true }
        for inspection in inspections.values {
            guard case .array(let registered)? = inspection.registered else { continue }
            for case .string(let entry) in registered where isName(name, in: entry) { return true }
        }
        return !name.isEmpty && cluster.taskTypes().contains(name)
    }

    /// A worker writes `name` or `name [rate_limit=10/m …]`.
    private static func isName(_ name: String, in entry: String) -> Bool {
        guard !name.isEmpty, entry.utf8.starts(with: name.utf8) else { return false }
        let rest = entry.utf8.dropFirst(name.utf8.count)
        return rest.isEmpty || rest.starts(with: " [".utf8)
    }
}
