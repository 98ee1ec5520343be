internal import CeleryBroker
internal import CeleryProtocol

extension StoredResult {
    /// `result` and, for a failure, `traceback`, as Flower writes them: an exception is its repr.
    var resultMembers: [(key: String, value: JSONValue)] {
        var members: [(key: String, value: JSONValue)] = []
        if let exception, state != "RETRY" {
            members.append(("result", .string(exception.text)))
        } else {
            members.append(("result", result ?? .null))
        }
        if state == "FAILURE" { members.append(("traceback", traceback.map(JSONValue.string) ?? .null)) }
        if let unreadable { members.append(("unreadable", .string(unreadable))) }
        return members
    }
}
