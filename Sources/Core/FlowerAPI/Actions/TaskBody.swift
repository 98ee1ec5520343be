internal import CeleryProtocol

/// The body of a request that sends a task: `args`, `kwargs`, and whatever `apply_async` takes.
struct TaskBody {
    var arguments: [JSONValue] = []
    var keywordArguments: [(key: String, value: JSONValue)] = []
    var options: [(key: String, value: JSONValue)] = []

    /// An empty body is an empty object.
    init(_ body: [UInt8]) throws(APIRefusal) {
        guard !body.isEmpty else { return }
        let value: JSONValue
        do throws(JSONParseError) {
            value = try JSONValue(parsing: body)
        } catch {
            throw APIRefusal(400, "The body is not JSON: \(error)")
        }
        guard case .object(let members) = value else { throw APIRefusal(400, "invalid options") }
        for member in members {
            switch (member.key, member.value) {
            case ("args", .array(let elements)): arguments = elements
            case ("args", _): throw APIRefusal(400, "args must be an array")
            case ("kwargs", .object(let members)): keywordArguments = members
            case ("kwargs", .null): break
            case ("kwargs", _): throw APIRefusal(400, "kwargs must be an object")
            default: options.append(member)
            }
        }
    }
}
