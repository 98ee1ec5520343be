internal import Identity

/// Which tasks, in which order.
package struct TaskQuery: Sendable {
    package enum SortKey: String, Sendable, CaseIterable {
        /// Flower's default order is `timestamp` descending, then uuid descending.
        case timestamp, name, uuid, state, received, sent, started, runtime, worker, args, kwargs, result, retries
        case revoked, exception, expires, eta, exchange
        case routingKey = "routing_key"
        case succeeded, failed, retried, rejected, clock, client
    }

    /// Exact, case-insensitive; nil is no filter.
    package var worker: String?
    package var name: String?
    package var state: String?
    /// Inclusive, unix seconds. Tasks that were never received pass both.
    package var receivedAfter: Double?
    package var receivedBefore: Double?
    /// Parsed by `SearchExpression(_:)`.
    package var search: SearchExpression?
    /// Only tasks that the default order has behind this one; the task itself may be gone.
    package var after: TaskPosition?
    /// Set by `ClusterView`.
    var scope: Scope?
    /// Only some people's tasks are asked for.
    package var isLimited: Bool { scope != nil }

    /// Whether whoever asks may see `task`: for stores beyond memory.
    package func admits(_ task: TaskSnapshot) -> Bool {
        scope.map { $0.includes(taskName: task.name, queue: task.queue) } ?? true
    }
    package var sortKey: SortKey
    package var descending: Bool
    package var offset: Int
    /// nil is all.
    package var limit: Int?

    package init(sortKey: SortKey = .timestamp, descending: Bool = true, offset: Int = 0, limit: Int? = nil) {
        self.sortKey = sortKey
        self.descending = descending
        self.offset = offset
        self.limit = limit
    }
}

/// Where a task stands in the default order.
package struct TaskPosition: Sendable, Equatable {
    package var timestamp: Double
    package var uuid: String

    package init(timestamp: Double, uuid: String) {
        self.timestamp = timestamp
        self.uuid = uuid
    }
}

/// The answer to a `TaskQuery`.
package struct TaskPage: Sendable {
    package var tasks: [TaskSnapshot]
    /// How many tasks match, before offset and limit.
    package var matched: Int
    /// How many tasks are known.
    package var total: Int

    package init(tasks: [TaskSnapshot] = [], matched: Int = 0, total: Int = 0) {
        self.tasks = tasks
        self.matched = matched
        self.total = total
    }
}
