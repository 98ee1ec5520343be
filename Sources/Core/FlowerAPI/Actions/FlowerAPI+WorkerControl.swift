internal import CeleryBroker
internal import CeleryProtocol
internal import ClusterState

/// `POST /api/worker/…`
extension FlowerAPI {
    enum PoolChange { case grow, shrink }

    /// Processes that one command may add or remove, and the most that an autoscaled pool may have.
    private static let mostProcesses = 1000

    /// A worker never answers this one; whoever wants to know watches it go offline.
    func shutDown(worker: String) async throws(APIRefusal) -> APIResponse {
        try requireWorker(worker)
        let isAlive = cluster.worker(worker)?.isAlive ?? true
        do throws(ControlError) {
            try await control.post(ControlRequest("shutdown", destination: [worker]))
        } catch {
            throw APIRefusal(error)
        }
        var members: [(key: String, value: JSONValue)] = [("sent", .array([.string(worker)]))]
        if !isAlive {
            members.append(("note", .string("The worker sends no heartbeats: it may not have received this.")))
        }
        let note = AuditNote(
            action: "worker.shutdown", targets: [worker],
            outcome: [(worker, isAlive ? "sent" : "sent; the worker sends no heartbeats")])
        return Self.done("Shutting down!", members, note)
    }

    func restartPool(of worker: String) async throws(APIRefusal) -> APIResponse {
        try requireWorker(worker)
        return try await command(
            ControlRequest("pool_restart", arguments: [("reload", .bool(false))]), to: worker,
            note: AuditNote(action: "pool.restart", targets: [worker]),
            success: "Restarting '\(worker)' worker's pool"
        ) { "Failed to restart the '\(worker)' pool: \($0)" }
    }

    func resizePool(
        of worker: String, by change: PoolChange, _ parameters: Parameters
    ) async throws(APIRefusal) -> APIResponse {
        try requireWorker(worker)
        let count = try parameters.integer("n") ?? 1
        guard (1...Self.mostProcesses).contains(count) else {
            throw APIRefusal(400, "Invalid argument n: expected 1 to \(Self.mostProcesses), not \(count)")
        }
        let isGrowing = change == .grow
        return try await command(
            ControlRequest(isGrowing ? "pool_grow" : "pool_shrink", arguments: [("n", .int(Int64(count)))]),
            to: worker,
            note: AuditNote(
                action: isGrowing ? "pool.grow" : "pool.shrink", targets: [worker],
                parameters: [("n", .int(Int64(count)))]),
            success: "\(isGrowing ? "Growing" : "Shrinking") '\(worker)' worker's pool by \(count)"
        ) { "Failed to \(isGrowing ? "grow" : "shrink") '\(worker)' worker's pool: \($0)" }
    }

    func autoscalePool(of worker: String, _ parameters: Parameters) async throws(APIRefusal) -> APIResponse {
        try requireWorker(worker)
        let least = try parameters.requiredInteger("min")
        let most = try parameters.requiredInteger("max")
        guard least >= 0, most >= max(1, least), most <= Self.mostProcesses else {
            throw APIRefusal(
                400,
                "Invalid arguments: expected 0 ≤ min ≤ max ≤ \(Self.mostProcesses) and max ≥ 1, not "
                    + "min=\(least) and max=\(most)")
        }
        let limits: [(key: String, value: JSONValue)] = [("min", .int(Int64(least))), ("max", .int(Int64(most)))]
        return try await command(
            ControlRequest("autoscale", arguments: limits), to: worker,
            note: AuditNote(action: "pool.autoscale", targets: [worker], parameters: limits),
            success: "Autoscaling '\(worker)' worker (min=\(least), max=\(most))"
        ) { "Failed to autoscale '\(worker)' worker: \($0)" }
    }

    func addConsumer(to worker: String, _ parameters: Parameters) async throws(APIRefusal) -> APIResponse {
        try requireWorker(worker)
        let queue = try parameters.requiredText("queue")
        return try await command(
            ControlRequest("add_consumer", arguments: [("queue", .string(queue))]), to: worker,
            note: AuditNote(action: "queue.add-consumer", targets: [worker], parameters: [("queue", .string(queue))]),
            success: nil
        ) { "Failed to add '\(queue)' consumer to '\(worker)' worker: \($0)" }
    }

    func cancelConsumer(of worker: String, _ parameters: Parameters) async throws(APIRefusal) -> APIResponse {
        try requireWorker(worker)
        let queue = try parameters.requiredText("queue")
        return try await command(
            ControlRequest("cancel_consumer", arguments: [("queue", .string(queue))]), to: worker,
            note: AuditNote(
                action: "queue.cancel-consumer", targets: [worker], parameters: [("queue", .string(queue))]),
            success: nil
        ) { "Failed to cancel '\(queue)' consumer from '\(worker)' worker: \($0)" }
    }
}
