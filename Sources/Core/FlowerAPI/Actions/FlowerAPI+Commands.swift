internal import CeleryBroker
internal import CeleryProtocol
internal import ClusterState

/// How commands are sent and answered, the same for all of them.
extension FlowerAPI {
    /// Sends `request` to `worker` and answers with what it said.
    ///
    /// - Parameters:
    ///   - failure: Flower's words before the worker's reason.
    ///   - success: Flower's message; nil is the worker's own.
    func command(
        _ request: ControlRequest, to worker: String, note: AuditNote, success: String?,
        failure: (_ reason: String) -> String
    ) async throws(APIRefusal) -> APIResponse {
        var request = request
        request.destination = [worker]
        let answer = try await broadcast(request)
        var note = note
        note.outcome = answer.forAudit
        if let reason = answer.failure(at: worker, noAnswer: silence(of: worker)) {
            throw APIRefusal(403, failure(reason), details: answer.members, audit: note)
        }
        return Self.done(success ?? answer.confirmation(of: worker) ?? "ok", answer.members, note)
    }

    func broadcast(_ request: ControlRequest) async throws(APIRefusal) -> CommandAnswer {
        do throws(ControlError) {
            return CommandAnswer(outcome: try await control.broadcast(request, timeout: nil))
        } catch {
            throw APIRefusal(error)
        }
    }

    /// Flower knows a worker once it has been inspected; here one that events tell of is known as well.
    func requireWorker(_ name: String) throws(APIRefusal) {
        guard !name.isEmpty, cluster.worker(name) != nil || broker.inspections()[name] != nil else {
            throw APIRefusal(404, "Unknown worker '\(name)'")
        }
    }

    /// Flower looks into the application; here a task is known when a worker has it registered or has run it.
    func requireTask(_ name: String) throws(APIRefusal) {
        guard KnownTasks.contains(name, cluster: cluster, inspections: broker.inspections()) else {
            throw APIRefusal(404, "Unknown task '\(name)'")
        }
    }

    static func done(
        _ message: String, _ members: [(key: String, value: JSONValue)] = [], _ note: AuditNote
    ) -> APIResponse {
        object([("message", .string(message))] + members, headers: [note.field])
    }

    static func object(
        _ members: [(key: String, value: JSONValue)], headers: [(String, String)] = []
    ) -> APIResponse {
        var json = JSONBody()
        json.value(.object(members))
        return APIResponse(status: 200, contentType: APIResponse.json, body: json.bytes, headers: headers)
    }

    /// Flower says only the first two words.
    private func silence(of worker: String) -> String {
        let seconds = JSONValue.double(options.inspectTimeout).serialized()
        var text = "Unknown reason: no answer within \(String(decoding: seconds, as: UTF8.self)) s"
        if let known = cluster.worker(worker), !known.isAlive {
            let age = known.lastHeartbeat.map { "for \(Int(max(0, now() - $0).rounded())) s" } ?? "since the start"
            text += "; the worker has sent no heartbeat \(age)"
        } else {
            text += "; a worker that is busy in one process (solo) answers after its task"
        }
        return text
    }
}
