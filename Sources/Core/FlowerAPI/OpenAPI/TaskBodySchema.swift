internal import CeleryProtocol

/// The body of the operations that send a task, as `TaskBody` and `TaskOptions` read it.
enum TaskBodySchema {
    static func schema(_ times: TaskOptions.Times, waits: Bool) -> JSONValue {
        let null = times == .celery ? ["null"] : []
        let numeric = times == .celery ? ["number", "null"] : ["number", "string", "boolean"]
        var properties: [(key: String, value: JSONValue)] = [
            ("args", JSONSchema.list(of: JSONSchema.any)),
            ("kwargs", JSONSchema.type("object", "null")),
            ("task_id", JSONSchema.type("string", "null", with: [("minLength", .int(1))])),
            ("countdown", types(numeric)), ("eta", types(["string"] + null)),
            ("expires", types(times == .celery ? ["number", "string", "null"] : numeric)),
            ("priority", JSONSchema.type("integer", "null", with: [("minimum", .int(0)), ("maximum", .int(9))])),
            ("retries", JSONSchema.type("integer", "null", with: [("minimum", .int(0))])),
            ("time_limit", types(numeric + (null.isEmpty ? ["null"] : []))),
            ("soft_time_limit", types(numeric + (null.isEmpty ? ["null"] : []))),
            ("ignore_result", JSONSchema.type("boolean", "null")), ("headers", JSONSchema.type("object", "null")),
        ]
        for name in ["queue", "exchange", "routing_key", "shadow", "root_id", "parent_id"] {
            properties.append((name, JSONSchema.textOrNull))
        }
        if waits { properties.append(("timeout", JSONSchema.type("number", "string", "boolean", "null"))) }
        return JSONSchema.type("object", with: [("properties", .object(properties))])
    }

    private static func types(_ names: [String]) -> JSONValue {
        .object([("type", .array(names.map(JSONValue.string)))])
    }
}
