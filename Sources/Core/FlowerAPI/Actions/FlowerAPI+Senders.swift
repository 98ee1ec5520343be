internal import CeleryBroker
internal import CeleryProtocol

/// `POST /api/task/{apply,async-apply,send-task}`
extension FlowerAPI {
    /// Sends a task and waits for its result.
    func apply(task name: String, _ body: [UInt8]) async throws(APIRefusal) -> APIResponse {
        let body = try TaskBody(body)
        try requireTask(name)
        let options = try TaskOptions(task: name, body, times: .flower, takesTimeout: true)
        if let problem = results.summary.problem {
            throw APIRefusal(503, "Nothing was sent, its result could not be waited for: \(problem)")
        }
        let permit = try waits.permit()
        let sent = try await publish(options.task)
        let note = sent.note(name, options.task)
        if options.task.ignoresResult {
            return Self.object(
                [("task-id", .string(sent.id)), ("result", .null), ("state", .string("PENDING"))],
                headers: [note.field])
        }
        var answer = await PatientAnswer.respond {
            defer { withExtendedLifetime(permit) {} }
            return await applied(sent.id, timeout: options.timeout)
        }
        answer.headers.append(note.field)
        return answer
    }

    /// The answer to `apply` once the task has ended, or the time is over. The task is sent: nothing here fails.
    private func applied(_ id: String, timeout: Double?) async -> APIResponse {
        var members: [(key: String, value: JSONValue)] = [("task-id", .string(id))]
        do throws(ResultError) {
            let stored = try await outcome(of: id, timeout: timeout)
            if let stored {
                if stored.isFinal { members += stored.resultMembers }
                members.append(("state", .string(stored.state)))
            } else {
                if hasEnded(id) { members.append(("result", .null)) }
                members.append(("state", .string("PENDING")))
            }
        } catch {
            members.append(("problem", .string("The task was sent; its result cannot be read: \(error)")))
        }
        return Self.object(members)
    }

    /// Sends a task that a worker has registered.
    func asyncApply(task name: String, _ body: [UInt8]) async throws(APIRefusal) -> APIResponse {
        let body = try TaskBody(body)
        try requireTask(name)
        return try await send(try TaskOptions(task: name, body, times: .flower))
    }

    /// Sends a task of any name.
    func send(task name: String, _ body: [UInt8]) async throws(APIRefusal) -> APIResponse {
        try await send(try TaskOptions(task: name, try TaskBody(body), times: .celery))
    }

    private func send(_ options: TaskOptions) async throws(APIRefusal) -> APIResponse {
        let sent = try await publish(options.task)
        var members: [(key: String, value: JSONValue)] = [("task-id", .string(sent.id))]
        if results.summary.problem == nil { members.append(("state", .string(await state(of: sent, options.task)))) }
        members.append(("queues", .array(sent.queues.map(JSONValue.string))))
        if !options.ignored.isEmpty {
            members.append(("ignored", .array(options.ignored.map(JSONValue.string))))
        }
        return Self.object(members, headers: [sent.note(options.task.name, options.task).field])
    }

    func publish(_ task: OutgoingTask) async throws(APIRefusal) -> PublishedTask {
        try requireInside(task)
        do throws(PublishError) {
            return try await publisher.publish(task)
        } catch {
            throw APIRefusal(error)
        }
    }

    /// A new id has no result; under one of the caller's own there may be one.
    private func state(of sent: PublishedTask, _ task: OutgoingTask) async -> String {
        guard task.id != nil else { return "PENDING" }
        return (try? await results.result(of: sent.id))?.state ?? "PENDING"
    }
}

extension PublishedTask {
    /// Arguments are left out: they may hold what no record should.
    func note(_ name: String, _ task: OutgoingTask, action: String = "task.send") -> AuditNote {
        AuditNote(
            action: action, targets: [name, id],
            parameters: task.priority.map { [("priority", .int(Int64($0)))] } ?? [],
            outcome: [(id, "queued in \(queues.joined(separator: ", "))")])
    }
}
