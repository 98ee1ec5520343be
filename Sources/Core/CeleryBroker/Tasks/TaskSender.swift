internal import CeleryProtocol
internal import RedisClient

/// Puts tasks on the lists that workers pop.
struct TaskSender {
    private static let maximumQueues = 100

    let commands: RedisClient
    let names: RedisNames
    let isPassive: Bool
    let defaultQueue: String
    let origin: TaskOrigin
    let clock: LogicalClock
    let declaredQueues: @Sendable () -> [DeclaredQueue]
    let now: @Sendable () -> Double

    func publish(_ task: OutgoingTask) async throws(PublishError) -> PublishedTask {
        guard !isPassive else { throw .passive }
        let message = try TaskMessage(task, now: now(), origin: origin.name)
        let tag = ControlMessage.makeID()
        switch TaskRoute(task, defaultQueue: defaultQueue, declared: declaredQueues()) {
        case .queue(let queue):
            try check(queue)
            let payload = message.payload(exchange: "", routingKey: queue, deliveryTag: tag)
            try await push(payload, to: [queue], message, exchange: "", key: queue)
            return PublishedTask(id: message.id, queues: [queue])
        case .exchange(let exchange, let key):
            let queues = try await bound(to: exchange, key: key)
            let payload = message.payload(exchange: exchange, routingKey: key, deliveryTag: tag)
            try await push(payload, to: queues, message, exchange: exchange, key: key)
            return PublishedTask(id: message.id, queues: queues)
        case .fanout(let exchange, let key):
            let payload = message.payload(exchange: exchange, routingKey: key, deliveryTag: tag)
            var command = RedisCommand("PUBLISH", names.fanoutChannel(of: exchange, routingKey: key))
            command.append(payload)
            let heard = try await send([command], message).first?.integer ?? 0
            guard heard > 0 else { throw .unavailable("No worker listens on the exchange '\(exchange)' now.") }
            _ = try? await commands.send(sentEvent(message, queue: nil, exchange: exchange, key: key))
            return PublishedTask(id: message.id, queues: [exchange])
        }
    }

    /// Lists of another use would be damaged by a task.
    private func check(_ queue: String) throws(PublishError) {
        guard QueueDiscovery(naming: names.naming).isTaskQueue(queue) else {
            throw .invalid("queue '\(queue.prefix(100))' is no name of a task queue.")
        }
    }

    /// The queues that `exchange` brings a message with `key` to. Without one Celery loses the message silently.
    private func bound(to exchange: String, key: String) async throws(PublishError) -> [String] {
        guard QueueDiscovery(naming: names.naming).isTaskExchange(exchange) else {
            throw .invalid("exchange '\(exchange.prefix(100))' is no exchange for tasks.")
        }
        let reply: RedisReply
        do throws(RedisError) {
            reply = try await commands.send(RedisCommand("SMEMBERS", names.bindingTable(of: exchange)))
        } catch {
            throw .unavailable(error.message)
        }
        if let error = reply.errorText { throw .unavailable("Redis does not tell the bindings: \(error.prefix(200))") }
        let bindings = (reply.elements ?? []).compactMap(\.text)
            .compactMap { BindingMatch(member: $0, separator: names.naming.separator) }
        let queues = Set(bindings.filter { $0.accepts(key) }.map(\.queue))
        guard !queues.isEmpty else {
            throw .invalid(
                "exchange '\(exchange.prefix(100))' has no queue for the routing key '\(key.prefix(100))'; "
                    + "a worker must consume one first.")
        }
        guard queues.count <= Self.maximumQueues else {
            throw .invalid(
                "exchange '\(exchange.prefix(100))' brings this to \(queues.count) queues; that is too many.")
        }
        for queue in queues { try check(queue) }
        return queues.sorted()
    }

    private func push(
        _ payload: [UInt8], to queues: [String], _ message: TaskMessage, exchange: String, key: String
    ) async throws(PublishError) {
        var pipeline = queues.map { queue in
            var command = RedisCommand("LPUSH", names.list(of: queue, priority: message.priority))
            command.append(payload)
            return command
        }
        // All queues or none.
        if pipeline.count > 1 { pipeline = [RedisCommand("MULTI")] + pipeline + [RedisCommand("EXEC")] }
        let event = sentEvent(message, queue: queues.count == 1 ? queues[0] : nil, exchange: exchange, key: key)
        _ = try await send(pipeline, message, then: event)
    }

    /// After the task itself, as Celery does it. Whether anybody hears it changes nothing for the task.
    private func sentEvent(_ message: TaskMessage, queue: String?, exchange: String, key: String) -> RedisCommand {
        let event = SentEvent(
            message: message, queue: queue, exchange: exchange, taskRoutingKey: key, sender: origin,
            clock: clock.tick(),
            time: now())
        let events = names.naming.eventExchange
        var command = RedisCommand("PUBLISH", names.fanoutChannel(of: events, routingKey: SentEvent.routingKey))
        command.append(event.payload(exchange: events, deliveryTag: ControlMessage.makeID()))
        return command
    }

    /// The replies to `pipeline`; what comes of `last` does not matter.
    private func send(
        _ pipeline: [RedisCommand], _ message: TaskMessage, then last: RedisCommand? = nil
    ) async throws(PublishError) -> [RedisReply] {
        do throws(RedisError) {
            let replies = Array(try await commands.send(pipeline + [last].compactMap(\.self)).prefix(pipeline.count))
            let all = replies + (replies.last?.elements ?? [])
            if let error = all.compactMap(\.errorText).first {
                throw RedisError(.server, "Redis does not take the task: \(error.prefix(200))")
            }
            return replies
        } catch {
            switch error.kind {
            case .noAnswer, .closed, .shutDown:
                throw .unavailable("\(error.message) It is not known whether the task \(message.id) was sent.")
            default: throw .unavailable(error.message)
            }
        }
    }
}
