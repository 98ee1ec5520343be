package import CeleryBroker
package import ClusterState
package import History
internal import Identity

/// Flower's REST API and `/metrics`: requests to values to JSON.
package struct FlowerAPI: Sendable {
    /// As the person who asks may see it.
    private(set) var cluster: ClusterView
    private(set) var broker: any Broker
    let control: any RemoteControl
    let publisher: any TaskPublisher
    let results: any ResultBackend
    let history: any TaskHistory
    let options: FlowerAPIOptions
    /// Unix seconds.
    let now: @Sendable () -> Double
    let waits = WaitLimit()
    /// The OpenAPI document.
    let document: [UInt8]

    package init(
        cluster: Cluster, broker: any Broker, control: any RemoteControl, publisher: any TaskPublisher,
        results: any ResultBackend, history: any TaskHistory = NoHistory(),
        options: FlowerAPIOptions = FlowerAPIOptions(),
        now: @escaping @Sendable () -> Double
    ) {
        self.cluster = ClusterView(cluster)
        self.broker = broker
        self.control = control
        self.publisher = publisher
        self.results = results
        self.history = history
        self.options = options
        self.now = now
        document = OpenAPIDocument.bytes(version: options.version)
    }

    private func limited(to scope: Scope) -> FlowerAPI {
        var api = self
        api.cluster = cluster.limited(to: scope)
        api.broker = ScopedBroker(broker, scope: scope)
        return api
    }

    /// The answer, or nil when `request` is not for the API.
    package func respond(to request: APIRequest) async -> APIResponse? {
        guard let route = APIRoute(request) else { return nil }
        let methods = route.endpoint.methods
        if request.method == "OPTIONS" {
            return APIResponse(status: 204, contentType: APIResponse.text, headers: [("Allow", methods.allowField)])
        }
        guard methods.allows(request.method) else {
            return .refusal(
                405, "\(route.endpoint.path) takes \(methods.allowField), not \(request.method).",
                headers: [("Allow", methods.allowField)])
        }
        if request.principal.scope != nil,
            let denial = Permission.denial(method: request.method, path: request.path, request.principal)
        {
            return .refusal(403, denial.sentence(for: request.principal))
        }
        let operation = route.endpoint.operation
        if operation.acts, options.isReadOnly { return .refusal(403, "Read only mode is enabled") }
        guard let parameters = request.parameters(of: operation) else {
            return .refusal(400, "The request's parameters are not well-formed")
        }
        let api = request.principal.scope.map(limited) ?? self
        do throws(APIRefusal) {
            return try await api.answer(operation, parameters, try subject(route, parameters), request)
        } catch {
            return error.response
        }
    }

    /// The answer to a permitted request as far as one look into memory gives it; nil when only `respond(to:)` answers.
    package func answerFromMemory(_ request: APIRequest) -> APIResponse? {
        guard let route = APIRoute(request), route.endpoint.operation == .getTaskInfo,
            route.endpoint.methods.allows(request.method), case .text(let id) = route.argument
        else { return nil }
        let api = request.principal.scope.map(limited) ?? self
        return api.taskInfoInMemory(id)
    }

    /// What the path, or a parameter in its place, names; empty where nothing is named.
    private func subject(_ route: APIRoute, _ parameters: Parameters) throws(APIRefusal) -> String {
        guard let argument = route.endpoint.argument else { return "" }
        switch route.argument {
        case .text(let text): return text
        case .malformed: throw APIRefusal(400, "The path is not well-formed percent-encoded UTF-8")
        case .absent, nil:
            if let text = parameters.text(argument.parameter), !text.isEmpty { return text }
            guard route.endpoint.operation.acts else { return "" }
            throw APIRefusal(
                404, "Nothing is named: \(route.endpoint.path)/{\(argument)} or ?\(argument.parameter)=")
        }
    }

    private func answer(
        _ operation: Operation, _ parameters: Parameters, _ subject: String, _ request: APIRequest
    ) async throws(APIRefusal) -> APIResponse {
        switch operation {
        case .listWorkers: try await workers(parameters)
        case .listWorkerRows: try workerRows(parameters)
        case .listTasks: try await tasks(parameters)
        case .listTaskTypes: taskTypes()
        case .getTaskInfo: try await taskInfo(subject)
        case .getTaskResult: try await taskResult(subject, parameters)
        case .getQueueLengths: try queueLengths(parameters)
        case .listGaps: gaps()
        case .getTaskTable: try taskTable(parameters)
        case .getMetrics: metrics()
        case .getDescription: APIResponse(status: 200, contentType: APIResponse.json, body: document)
        case .askWorkers: try await askWorkers(subject, parameters)
        case .enableEvents: try await switchEvents(of: subject, on: true)
        case .disableEvents: try await switchEvents(of: subject, on: false)
        case .shutDownWorker: try await shutDown(worker: subject)
        case .restartPool: try await restartPool(of: subject)
        case .growPool: try await resizePool(of: subject, by: .grow, parameters)
        case .shrinkPool: try await resizePool(of: subject, by: .shrink, parameters)
        case .autoscalePool: try await autoscalePool(of: subject, parameters)
        case .addConsumer: try await addConsumer(to: subject, parameters)
        case .cancelConsumer: try await cancelConsumer(of: subject, parameters)
        case .applyTask: try await apply(task: subject, request.body)
        case .asyncApplyTask: try await asyncApply(task: subject, request.body)
        case .sendTask: try await send(task: subject, request.body)
        case .runTaskAgain: try await runAgain(task: subject, parameters)
        case .abortTask: try await abort(task: subject)
        case .revokeTask: try await revoke(task: subject, parameters)
        case .setTimeLimits: try await setTimeLimits(ofTask: subject, parameters)
        case .setRateLimit: try await setRateLimit(ofTask: subject, parameters)
        }
    }
}

extension APIRequest {
    /// Query and form together, or nil when the form cannot be read.
    fileprivate func parameters(of operation: Operation) -> Parameters? {
        guard method == "POST", let contentType, !body.isEmpty, !operation.takesJSON else { return Parameters(query) }
        if contentType.lowercased().hasPrefix("application/x-www-form-urlencoded") {
            return FormDecoder.pairs(body).map { Parameters(query + $0) }
        }
        if let boundary = MultipartForm.boundary(of: contentType) {
            return MultipartForm.pairs(body, boundary: boundary).map { Parameters(query + $0) }
        }
        return Parameters(query)
    }
}
