/// Where a task goes, after Celery's router. Pure.
enum TaskRoute: Equatable {
    /// Straight to a queue's list, through the exchange without a name.
    case queue(String)
    /// To every queue whose binding matches.
    case exchange(String, routingKey: String)
    /// To every worker that listens on the exchange now.
    case fanout(String, routingKey: String)

    /// - Parameters:
    ///   - declared: queues that workers consume, which tells an exchange's type; Redis itself does not.
    init(_ task: OutgoingTask, defaultQueue: String, declared: [DeclaredQueue]) {
        let exchange = task.exchange ?? ""
        let routingKey = task.routingKey ?? ""
        if let queue = task.queue, !queue.isEmpty, exchange.isEmpty || routingKey.isEmpty {
            if let fanout = declared.first(where: { $0.isFanout && ($0.alias == queue || $0.name == queue) }) {
                self = .fanout(fanout.exchange, routingKey: fanout.routingKey)
            } else {
                self = .queue(queue)
            }
        } else if !exchange.isEmpty {
            let key = routingKey.isEmpty ? defaultQueue : routingKey
            let isFanout = declared.contains { $0.isFanout && $0.exchange == exchange }
            self = isFanout ? .fanout(exchange, routingKey: key) : .exchange(exchange, routingKey: key)
        } else if task.exchange != nil, !routingKey.isEmpty {
            // The exchange without a name, given as such: the routing key is the queue.
            self = .queue(routingKey)
        } else {
            self = .queue(defaultQueue)
        }
    }
}

/// A queue as a worker's `active_queues` tells it.
struct DeclaredQueue: Hashable {
    var name: String
    /// The name that a broadcast queue is known by; its own is `bcast.<uuid>`.
    var alias: String?
    var exchange: String
    var exchangeType: String
    var routingKey: String

    var isFanout: Bool { exchangeType == "fanout" }
}
