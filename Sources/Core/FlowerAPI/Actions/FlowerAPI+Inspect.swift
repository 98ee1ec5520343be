internal import CeleryBroker
internal import CeleryProtocol

/// `GET /api/worker/inspect/<command>`: one of the commands that change nothing, to all workers or to named ones.
extension FlowerAPI {
    /// Ids in one question.
    private static let mostTasks = 1000

    /// The answers as the workers gave them. This waits for them: until all known-alive or named ones have answered, or the
    /// inspect time-out has passed.
    func askWorkers(_ command: String, _ parameters: Parameters) async throws(APIRefusal) -> APIResponse {
        guard let question = WorkerQuestion(rawValue: command) else {
            let all = WorkerQuestion.allCases.map(\.rawValue).joined(separator: ", ")
            throw APIRefusal(404, "Unknown command '\(command)'; there are \(all)")
        }
        var request = ControlRequest(question.rawValue)
        if question == .active { request.arguments = [("safe", .bool(true))] }
        if question == .queryTask {
            let tasks = parameters.texts("taskid")
            guard (1...Self.mostTasks).contains(tasks.count) else {
                throw APIRefusal(400, "Invalid argument taskid: expected 1 to \(Self.mostTasks), not \(tasks.count)")
            }
            request.arguments = [("ids", .array(tasks.map(JSONValue.string)))]
        }
        let workers = parameters.texts("workername")
        for worker in workers { try requireWorker(worker) }
        if !workers.isEmpty { request.destination = workers }
        let answer = try await broadcast(request)
        var members = answer.members
        if question == .stats { members[0].value = Self.withoutAlternates(answer.outcome) }
        return Self.object(members)
    }

    /// The broker's `alternates` may hold URLs with passwords; Flower leaves them out too.
    private static func withoutAlternates(_ outcome: ControlOutcome) -> JSONValue {
        .object(outcome.replies.map { ($0.worker, InspectedStats.withoutAlternates($0.value)) })
    }

    /// Workers that were started with `-E` always send events, and say so. Calyx enables events again every 5 seconds,
    /// unless `--enable_events=false`.
    func switchEvents(of worker: String, on isOn: Bool) async throws(APIRefusal) -> APIResponse {
        try requireWorker(worker)
        return try await command(
            ControlRequest(isOn ? "enable_events" : "disable_events"), to: worker,
            note: AuditNote(action: isOn ? "events.enable" : "events.disable", targets: [worker]), success: nil
        ) { "Failed to \(isOn ? "enable" : "disable") events of '\(worker)': \($0)" }
    }
}

/// Remote control commands that ask workers and change nothing.
enum WorkerQuestion: String, CaseIterable {
    case ping, clock, stats, active, reserved, scheduled, revoked, registered, conf, report
    case activeQueues = "active_queues"
    case queryTask = "query_task"
}
