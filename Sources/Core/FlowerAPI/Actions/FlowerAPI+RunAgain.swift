internal import CeleryBroker
internal import CeleryProtocol
internal import ClusterState

/// `POST /api/task/run-again/<id>`: the same task once more, under a new id.
extension FlowerAPI {
    /// A call as it can be repeated, and where it is known from.
    private struct Call {
        /// nil where the source has none.
        var name: String?
        var arguments: [JSONValue]
        var keywordArguments: [(key: String, value: JSONValue)]
        var queue: String?
        var source: String
    }

    /// Only with arguments that are known whole; otherwise 409 says which setting of Celery makes them known.
    func runAgain(task id: String, _ parameters: Parameters) async throws(APIRefusal) -> APIResponse {
        try requireVisible(id)
        if parameters.text("queue")?.isEmpty == true {
            throw APIRefusal(400, "Invalid argument queue: it is empty; without it the task goes where it was")
        }
        let stored = try? await results.result(of: id)
        let known = cluster.task(id)
        var call = Self.call(from: stored)
        var unread: String?
        if call == nil { call = await callAtWorker(id) }
        if call == nil { (call, unread) = await callInQueue(id, known, likely: parameters.text("queue")) }
        if call == nil { call = Self.call(from: known) }
        guard known != nil || stored != nil || call != nil else { throw APIRefusal(404, "Unknown task '\(id)'") }
        guard let name = known?.name ?? stored?.name ?? call?.name, !name.isEmpty else {
            throw APIRefusal(409, "The name of '\(id)' is not known: no event of it was seen that has one")
        }
        guard let call else {
            throw APIRefusal(
                409, "The arguments of '\(id)' are not known whole: \(Self.reason(known, stored, unread: unread))")
        }
        guard let queue = parameters.text("queue") ?? call.queue ?? stored?.queue ?? Self.queue(of: known) else {
            throw APIRefusal(
                409,
                "The queue of '\(id)' is not known: name one with ?queue=, or set task_send_sent_event=True or "
                    + "result_extended=True in Celery")
        }
        let task = OutgoingTask(
            name: name, arguments: call.arguments, keywordArguments: call.keywordArguments, queue: queue,
            rootID: known?.rootID ?? id, parentID: id)
        let sent = try await publish(task)
        var note = sent.note(name, task, action: "task.run-again")
        note.parameters.append(("parent_id", .string(id)))
        return Self.done(
            "Running '\(name)' again",
            [
                ("task-id", .string(sent.id)), ("parent_id", .string(id)),
                ("queues", .array(sent.queues.map(JSONValue.string))), ("arguments_from", .string(call.source)),
            ], note)
    }

    /// `result_extended` keeps the values themselves.
    private static func call(from stored: StoredResult?) -> Call? {
        guard let stored, case .array(let arguments)? = stored.arguments,
            case .object(let keywordArguments)? = stored.keywordArguments
        else { return nil }
        return Call(
            arguments: arguments, keywordArguments: keywordArguments, queue: stored.queue, source: "result backend")
    }

    /// A worker that has the task, running or waiting, has its message.
    private func callAtWorker(_ id: String) async -> Call? {
        let request = ControlRequest("query_task", arguments: [("ids", .array([.string(id)]))])
        guard let outcome = try? await control.broadcast(request, timeout: nil) else { return nil }
        for reply in outcome.replies {
            guard case .array(let found)? = reply.value[id], found.count == 2,
                case .array(let arguments)? = found[1]["args"],
                case .object(let keywordArguments)? = found[1]["kwargs"]
            else { continue }
            var queue: String?
            if case .string(let key)? = found[1]["delivery_info"]?["routing_key"],
                found[1]["delivery_info"]?["exchange"] == .string("")
            {
                queue = key
            }
            var name: String?
            if case .string(let text)? = found[1]["type"] { name = text }
            return Call(
                name: name, arguments: arguments, keywordArguments: keywordArguments, queue: queue, source: "message")
        }
        return nil
    }

    /// A task that waits in a queue, perhaps of a worker that is gone, has its message there. What has run has none.
    private func callInQueue(_ id: String, _ known: TaskSnapshot?, likely: String?) async -> (Call?, unread: String?) {
        switch known?.state {
        case .started, .success, .failure, .revoked: return (nil, nil)
        default: break
        }
        switch await publisher.queuedTask(id, likelyIn: [Self.queue(of: known), likely].compactMap(\.self)) {
        case .found(let task):
            return (
                Call(
                    name: task.name, arguments: task.arguments, keywordArguments: task.keywordArguments,
                    queue: task.queue, source: "message"), nil
            )
        case .absent: return (nil, nil)
        case .unreadable(let reason): return (nil, "its message \(reason)")
        case .incomplete(let reason): return (nil, known == nil ? nil : reason)
        }
    }

    private static func call(from known: TaskSnapshot?) -> Call? {
        guard let known, let arguments = known.args.flatMap(ReprArguments.positional),
            let keywordArguments = known.kwargs.flatMap(ReprArguments.keyword)
        else { return nil }
        return Call(arguments: arguments, keywordArguments: keywordArguments, queue: queue(of: known), source: "events")
    }

    /// Without an exchange the routing key is the queue.
    private static func queue(of known: TaskSnapshot?) -> String? {
        known?.queue ?? (known?.exchange == "" ? known?.routingKey : nil)
    }

    private static func reason(_ known: TaskSnapshot?, _ stored: StoredResult?, unread: String?) -> String {
        let what =
            if let unread {
                unread
            } else if let unreadable = stored?.unreadable {
                unreadable
            } else if known?.args == nil || known?.kwargs == nil {
                "no event of it carried them"
            } else {
                "its events carry them only as a text that is cut or that is no plain value"
            }
        return "\(what). Set result_extended=True in Celery, which keeps them in the result backend"
    }
}
