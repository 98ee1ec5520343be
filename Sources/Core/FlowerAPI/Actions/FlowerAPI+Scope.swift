internal import CeleryBroker
internal import ClusterState
internal import Identity

/// What somebody with a scope may act on. Without a scope nothing is asked.
extension FlowerAPI {
    /// A task that events have not told of cannot be judged, so it counts as outside.
    func requireVisible(_ id: String) throws(APIRefusal) {
        guard cluster.scope == nil || cluster.task(id) != nil else { throw APIRefusal(404, "Unknown task '\(id)'") }
    }

    /// Refuses a task that would run, or show, outside of the scope. An id of one's own could be that of a foreign task.
    func requireInside(_ task: OutgoingTask) throws(APIRefusal) {
        guard let scope = cluster.scope else { return }
        let limit = "your access is limited to \(scope.description)"
        for name in [task.name, task.shadow].compactMap(\.self) where !scope.includes(taskName: name) {
            throw APIRefusal(403, "The task '\(name)' may not be sent: \(limit)")
        }
        guard task.id == nil, task.rootID == nil || cluster.task(task.rootID ?? "") != nil,
            task.parentID == nil || cluster.task(task.parentID ?? "") != nil
        else {
            throw APIRefusal(403, "A task_id, or a root_id or parent_id of another task, may not be given: \(limit)")
        }
        guard !scope.queues.isEmpty else { return }
        guard task.exchange == nil, task.routingKey == nil else {
            throw APIRefusal(403, "Name a queue rather than an exchange and routing key: \(limit)")
        }
        guard let queue = task.queue else { throw APIRefusal(403, "Name the queue to send to: \(limit)") }
        guard scope.includes(queue: queue) else {
            throw APIRefusal(403, "Nothing may be sent to the queue '\(queue)': \(limit)")
        }
    }
}
