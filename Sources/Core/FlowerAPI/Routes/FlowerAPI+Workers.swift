internal import CeleryBroker
internal import ClusterState

extension FlowerAPI {
    /// `GET /api/workers`: what inspection brought, merged with what events tell. Flower, too, purges its page and its metrics
    /// only.
    func workers(_ parameters: Parameters) async throws(APIRefusal) -> APIResponse {
        let refresh = try parameters.flag("refresh")
        let statusOnly = try parameters.flag("status")
        let name = parameters.text("workername").flatMap { $0.isEmpty ? nil : $0 }
        if refresh { await refreshInspections(of: name) }
        if statusOnly { return statusByWorker() }

        let inspections = broker.inspections()
        var json = JSONBody(capacity: 4096)
        json.raw("{")
        if let name {
            let worker = cluster.worker(name)
            guard worker != nil || inspections[name] != nil else { throw APIRefusal(404, "Unknown worker '\(name)'") }
            json.string(name)
            json.raw(": ")
            json.workerEntry(worker, inspections[name])
        } else {
            let workers = Dictionary(
                cluster.workers(includingPurged: true).map { ($0.hostname, $0) }
            ) { first, _ in first }
            for (index, name) in Set(workers.keys).union(inspections.keys).sorted().enumerated() {
                if index > 0 { json.raw(", ") }
                json.string(name)
                json.raw(": ")
                json.workerEntry(workers[name], inspections[name])
            }
        }
        json.raw("}")
        return APIResponse(status: 200, contentType: APIResponse.json, body: json.bytes)
    }

    /// `GET /workers?json=1`: the rows of Flower's dashboard.
    func workerRows(_ parameters: Parameters) throws(APIRefusal) -> APIResponse {
        guard try parameters.flag("json") else { throw .missing("json") }
        if try parameters.flag("refresh") {
            // Flower answers at once and asks the workers meanwhile.
            Task { await refreshInspections(of: nil) }
        }
        var json = JSONBody(capacity: 4096)
        json.raw("{\"data\": [")
        for (index, worker) in cluster.workers().enumerated() {
            if index > 0 { json.raw(", ") }
            json.workerRow(worker)
        }
        json.raw("]}")
        return APIResponse(status: 200, contentType: APIResponse.json, body: json.bytes)
    }

    private func statusByWorker() -> APIResponse {
        var json = JSONBody()
        json.raw("{")
        for (index, worker) in cluster.workers(includingPurged: true).enumerated() {
            if index > 0 { json.raw(", ") }
            json.string(worker.hostname)
            json.raw(": ")
            json.bool(worker.isAlive)
        }
        json.raw("}")
        return APIResponse(status: 200, contentType: APIResponse.json, body: json.bytes)
    }

    /// When workers cannot be asked the answer is what is known, as in Flower; the broker's state is shown elsewhere.
    private func refreshInspections(of worker: String?) async {
        do {
            try await broker.refreshInspections(worker: worker)
        } catch {
            return
        }
    }
}
