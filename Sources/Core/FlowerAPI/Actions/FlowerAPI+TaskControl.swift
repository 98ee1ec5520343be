internal import CeleryBroker
internal import CeleryProtocol

/// `POST /api/task/{revoke,abort,timeout,rate-limit}`
extension FlowerAPI {
    /// Tells all workers; each remembers the id and, with `terminate`, the one that runs the task kills it.
    func revoke(task id: String, _ parameters: Parameters) async throws(APIRefusal) -> APIResponse {
        try requireVisible(id)
        let terminate = try parameters.flag("terminate")
        let signal = parameters.text("signal") ?? "SIGTERM"
        guard SignalNames.all.contains(signal) else {
            throw APIRefusal(400, "Invalid signal '\(signal)', expected a name such as SIGTERM, SIGKILL or SIGUSR1")
        }
        let answer = try await broadcast(
            ControlRequest(
                "revoke",
                arguments: [("task_id", .string(id)), ("terminate", .bool(terminate)), ("signal", .string(signal))]))
        let note = AuditNote(
            action: terminate ? "task.terminate" : "task.revoke", targets: [id],
            parameters: terminate ? [("signal", .string(signal))] : [], outcome: answer.forAudit)
        guard answer.outcome.receivers > 0 else {
            throw APIRefusal(
                503, "No worker is connected to the broker: nobody was told to revoke '\(id)'", details: answer.members,
                audit: note)
        }
        let message =
            answer.outcome.replies.isEmpty
            ? "The revoke of '\(id)' was sent; no worker has answered yet" : "Revoked '\(id)'"
        return Self.done(message, answer.members, note)
    }

    /// Stores ABORTED, which tasks that look for it obey; a result that is there already is kept.
    func abort(task id: String) async throws(APIRefusal) -> APIResponse {
        try requireVisible(id)
        let state: String
        do throws(ResultError) {
            state = try await results.abort(id)
        } catch {
            throw APIRefusal(error)
        }
        let isAborted = state == "ABORTED"
        let note = AuditNote(
            action: "task.abort", targets: [id], outcome: [(id, isAborted ? "ok" : "has ended as \(state)")])
        return Self.done(
            isAborted ? "Aborted '\(id)'" : "'\(id)' has ended as \(state); its result is kept",
            [("state", .string(state))], note)
    }

    func setTimeLimits(ofTask name: String, _ parameters: Parameters) async throws(APIRefusal) -> APIResponse {
        let worker = try parameters.requiredText("workername")
        let hard = try parameters.number("hard")
        let soft = try parameters.number("soft")
        for limit in [hard, soft].compactMap(\.self) where limit < 0 {
            throw APIRefusal(400, "Invalid arguments: a time limit is not negative")
        }
        try requireTask(name)
        try requireWorker(worker)
        let limits: [(key: String, value: JSONValue)] = [
            ("hard", hard.map(JSONValue.double) ?? .null), ("soft", soft.map(JSONValue.double) ?? .null),
        ]
        return try await command(
            ControlRequest("time_limit", arguments: [("task_name", .string(name))] + limits), to: worker,
            note: AuditNote(action: "task.time-limit", targets: [name, worker], parameters: limits), success: nil
        ) { "Failed to set timeouts: '\($0)'" }
    }

    func setRateLimit(ofTask name: String, _ parameters: Parameters) async throws(APIRefusal) -> APIResponse {
        let worker = try parameters.requiredText("workername")
        let limit = try parameters.requiredText("ratelimit")
        guard !RateLimitText.isHarmful(limit) else {
            throw APIRefusal(400, "Invalid argument ratelimit: '\(limit)' would stop the task for good")
        }
        try requireTask(name)
        try requireWorker(worker)
        return try await command(
            ControlRequest(
                "rate_limit", arguments: [("task_name", .string(name)), ("rate_limit", .string(limit))]),
            to: worker,
            note: AuditNote(
                action: "task.rate-limit", targets: [name, worker], parameters: [("rate_limit", .string(limit))]),
            success: nil
        ) { "Failed to set rate limit: '\($0)'" }
    }
}

enum RateLimitText {
    /// Workers refuse what they cannot read, but take these and then never run the task again.
    static func isHarmful(_ text: String) -> Bool {
        let rate = text.prefix { $0 != "/" }.trimmedOfSpace.lowercased()
        if let number = PythonNumber.float(rate) { return number < 0 }
        return rate.contains("nan") || rate.contains("inf")
    }
}

extension Substring {
    fileprivate var trimmedOfSpace: Substring {
        let start = drop { $0.isWhitespace }
        return start.lastIndex { !$0.isWhitespace }.map { start[...$0] } ?? ""
    }
}

/// The names of signals that Python on Linux knows; a worker that gets another one has flagged the task before it notices.
enum SignalNames {
    static let all: Set<String> = Set(
        [
            "ABRT", "ALRM", "BUS", "CHLD", "CLD", "CONT", "FPE", "HUP", "ILL", "INT", "IO", "IOT", "KILL", "PIPE",
            "POLL", "PROF", "PWR", "QUIT", "RTMAX", "RTMIN", "SEGV", "STKFLT", "STOP", "SYS", "TERM", "TRAP", "TSTP",
            "TTIN", "TTOU", "URG", "USR1", "USR2", "VTALRM", "WINCH", "XCPU", "XFSZ",
        ].flatMap { ["SIG\($0)", $0] })
}
