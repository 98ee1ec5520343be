internal import CeleryProtocol

/// JSON Schemas (2020-12) as values.
enum JSONSchema {
    static func type(_ names: String..., with members: [(key: String, value: JSONValue)] = []) -> JSONValue {
        let type: JSONValue = names.count == 1 ? .string(names[0]) : .array(names.map(JSONValue.string))
        return .object([("type", type)] + members)
    }

    static let text = type("string")
    static let textOrNull = type("string", "null")
    static let numberOrNull = type("number", "null")
    static let integerOrNull = type("integer", "null")
    static let flag = type("boolean")
    static let any = JSONValue.object([])

    static func pattern(_ pattern: String) -> JSONValue { type("string", with: [("pattern", .string(pattern))]) }

    static func choice(_ values: [String]) -> JSONValue {
        type("string", with: [("enum", .array(values.map(JSONValue.string)))])
    }

    static func list(of items: JSONValue) -> JSONValue { type("array", with: [("items", items)]) }

    static func map(of values: JSONValue) -> JSONValue { type("object", with: [("additionalProperties", values)]) }

    static func object(
        _ properties: [(key: String, value: JSONValue)], required: [String] = []
    ) -> JSONValue {
        type(
            "object",
            with: [("properties", .object(properties)), ("required", .array(required.map(JSONValue.string)))])
    }

    static func either(_ schemas: JSONValue...) -> JSONValue { .object([("anyOf", .array(schemas))]) }

    static func named(_ name: String) -> JSONValue { .object([("$ref", .string("#/components/schemas/\(name)"))]) }
}
