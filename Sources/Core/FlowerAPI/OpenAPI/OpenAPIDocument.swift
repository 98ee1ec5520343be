internal import CeleryProtocol

/// The API's description (OpenAPI 3.1), made from the same table that requests are dispatched by.
enum OpenAPIDocument {
    static func bytes(version: String) -> [UInt8] {
        JSONValue.object([
            ("openapi", .string("3.1.0")),
            (
                "info",
                .object([
                    ("title", .string("Calyx")), ("version", .string(version)),
                    (
                        "description",
                        .string(
                            "The REST API of Flower 2.2 and more: objects may carry further members. "
                                + "Every {…} at the end of a path may be given as a parameter instead (name or id).")
                    ), ("x-flower-version", .string("2.2")),
                ])
            ),
            // Relative to where this document is.
            ("servers", .array([.object([("url", .string(".."))])])),
            ("security", .array([.object([("basic", .array([]))])])),
            // `/workers` is a page; its rows are JSON for whoever asks as Flower's own page does.
            ("paths", .object(Endpoint.all.filter { $0.operation != .listWorkerRows }.map(path))),
            (
                "components",
                .object([
                    ("schemas", .object(AnswerSchemas.all)),
                    (
                        "securitySchemes",
                        .object([("basic", .object([("type", .string("http")), ("scheme", .string("basic"))]))])
                    ),
                    ("responses", .object([("Problem", problem)])),
                ])
            ),
        ]).serialized()
    }

    private static let problem = JSONValue.object([
        ("description", .string("Why not: `detail` is a sentence")),
        (
            "content",
            .object([(APIResponse.problem, .object([("schema", JSONSchema.named("Problem"))]))])
        ),
    ])

    private static func path(_ endpoint: Endpoint) -> (key: String, value: JSONValue) {
        let description = OperationDescription(endpoint.operation)
        var methods: [(key: String, value: JSONValue)] = []
        if endpoint.methods.contains(.get) {
            methods.append(("get", operation(endpoint, description, endpoint.operation.rawValue)))
        }
        if endpoint.methods.contains(.post) {
            let isSecond = !methods.isEmpty
            methods.append(
                ("post", operation(endpoint, description, endpoint.operation.rawValue + (isSecond ? "ByPost" : ""))))
        }
        return (endpoint.path + (endpoint.argument.map { "/{\($0)}" } ?? ""), .object(methods))
    }

    private static func operation(
        _ endpoint: Endpoint, _ description: OperationDescription, _ id: String
    ) -> JSONValue {
        var members: [(key: String, value: JSONValue)] = [
            ("operationId", .string(id)), ("summary", .string(description.summary)),
            ("tags", .array([.string(tag(endpoint))])),
        ]
        var parameters = description.parameters.map {
            parameter($0.name, in: "query", $0.schema, $0.text, isRequired: $0.isRequired)
        }
        if let argument = endpoint.argument {
            parameters.insert(
                parameter(
                    argument.rawValue, in: "path", schema(of: argument),
                    "May be given as ?\(argument.parameter)= instead", isRequired: true), at: 0)
        }
        members.append(("parameters", .array(parameters)))
        if case .task(let times, let waits) = description.body {
            members.append(("requestBody", .object([("content", content(TaskBodySchema.schema(times, waits: waits)))])))
        }
        members.append(("responses", .object(responses(endpoint, description))))
        return .object(members)
    }

    private static func schema(of argument: Endpoint.Argument) -> JSONValue {
        argument == .command
            ? JSONSchema.choice(WorkerQuestion.allCases.map(\.rawValue))
            : JSONSchema.type("string", with: [("minLength", .int(1))])
    }

    private static func responses(
        _ endpoint: Endpoint, _ description: OperationDescription
    ) -> [(key: String, value: JSONValue)] {
        let done = JSONValue.object([
            ("description", .string(description.summary)),
            ("content", content(description.answer, description.contentType)),
        ])
        // 404 of a path that no proxy passes on, 413 and 414 of the limits, 429 of the throttle, 502 to 504 of the halves.
        let refusals = Set([400, 401, 403, 404, 405, 413, 414, 421, 429, 502, 504] + description.refusals).sorted()
        return [("200", done)]
            + refusals.map { (String($0), .object([("$ref", .string("#/components/responses/Problem"))])) }
    }

    private static func content(_ schema: JSONValue, _ type: String = "application/json") -> JSONValue {
        .object([(type, .object([("schema", schema)]))])
    }

    private static func parameter(
        _ name: String, in place: String, _ schema: JSONValue, _ text: String, isRequired: Bool
    ) -> JSONValue {
        .object([
            ("name", .string(name)), ("in", .string(place)), ("required", .bool(isRequired)),
            ("description", .string(text)), ("schema", schema),
        ])
    }

    private static func tag(_ endpoint: Endpoint) -> String {
        switch endpoint.argument {
        case .workername?, .command?: "workers"
        case .taskid?, .taskname?: "tasks"
        case nil: endpoint.path.hasPrefix("/api/worker") || endpoint.path == "/workers" ? "workers" : "monitoring"
        }
    }
}
