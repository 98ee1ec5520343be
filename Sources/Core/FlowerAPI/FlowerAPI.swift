package import CeleryBroker
package import ClusterState

/// Flower's REST API and `/metrics`: requests to values to JSON.
package struct FlowerAPI: Sendable {
    let cluster: Cluster
    let broker: any Broker
    let options: FlowerAPIOptions
    /// Unix seconds.
    let now: @Sendable () -> Double

    package init(
        cluster: Cluster, broker: any Broker, options: FlowerAPIOptions = FlowerAPIOptions(),
        now: @escaping @Sendable () -> Double
    ) {
        self.cluster = cluster
        self.broker = broker
        self.options = options
        self.now = now
    }

    /// The answer, or nil when `request` is not for the API.
    package func respond(to request: APIRequest) async -> APIResponse? {
        guard let route = APIRoute(request) else { return nil }
        let methods = route.methods
        if request.method == "OPTIONS" {
            return APIResponse(status: 204, contentType: APIResponse.text, headers: [("Allow", methods.allowField)])
        }
        guard methods.allows(request.method) else {
            return APIResponse(status: 405, contentType: APIResponse.html, headers: [("Allow", methods.allowField)])
        }
        guard let parameters = request.parameters else {
            return .message(400, "The request's parameters are not well-formed")
        }
        do throws(ParameterError) {
            return try await answer(route, parameters, request)
        } catch {
            return error.response
        }
    }

    private func answer(
        _ route: APIRoute, _ parameters: Parameters, _ request: APIRequest
    ) async throws(ParameterError) -> APIResponse {
        switch route {
        case .workers: try await workers(parameters)
        case .workerRows: try workerRows(parameters)
        case .tasks: try tasks(parameters)
        case .taskTypes: taskTypes()
        case .taskInfo(let id): taskInfo(id ?? parameters.text("id") ?? "")
        case .queueLengths: queueLengths(parameters)
        case .taskTable: try taskTable(parameters)
        case .metrics: metrics()
        case .badPath: .message(400, "The path is not well-formed percent-encoded UTF-8")
        case .storedResult:
            .problem(
                501, title: "Not Implemented",
                detail: "This version of Calyx does not read the result backend. "
                    + "The result that events reported is in /api/task/info.")
        case .control:
            .problem(
                501, title: "Not Implemented",
                detail: "This version of Calyx reads the cluster and does not send tasks or remote control commands. "
                    + "Nothing was done.")
        }
    }
}

extension APIRequest {
    /// Query and form together, or nil when the form cannot be read.
    fileprivate var parameters: Parameters? {
        guard method == "POST", let contentType, !body.isEmpty,
            contentType.lowercased().hasPrefix("application/x-www-form-urlencoded")
        else { return Parameters(query) }
        guard let form = FormDecoder.pairs(body) else { return nil }
        return Parameters(query + form)
    }
}
