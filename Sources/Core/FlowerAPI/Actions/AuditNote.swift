internal import CeleryProtocol

/// What an action did, for the gateway, which records it and keeps it from the client: one field of JSON in ASCII.
///
/// `{"action": "pool.grow", "targets": ["w1@lab"], "parameters": {"n": 2}, "outcome": {"w1@lab": "ok"}}`
struct AuditNote: Sendable {
    static let fieldName = "Calyx-Audit"
    static let longest = 4096

    var action: String
    /// Workers, task ids or task names.
    var targets: [String]
    var parameters: [(key: String, value: JSONValue)] = []
    /// What came of it, by worker or other target.
    var outcome: [(key: String, value: String)] = []

    var field: (String, String) {
        for (length, count) in [(256, 40), (64, 10), (24, 3)] {
            let text = text(textLength: length, count: count)
            if text.utf8.count <= Self.longest { return (Self.fieldName, text) }
        }
        return (Self.fieldName, text(textLength: 0, count: 0))
    }

    private func text(textLength: Int, count: Int) -> String {
        func cut(_ text: String) -> JSONValue { .string(String(text.unicodeScalars.prefix(textLength))) }
        func cut(_ value: JSONValue) -> JSONValue {
            guard case .string(let text) = value else { return value }
            return cut(text)
        }
        var members: [(key: String, value: JSONValue)] = [
            ("action", .string(action)), ("targets", .array(targets.prefix(count).map(cut))),
            ("parameters", .object(parameters.prefix(count).map { ($0.key, cut($0.value)) })),
            ("outcome", .object(outcome.prefix(count).map { (String($0.key.prefix(textLength)), cut($0.value)) })),
        ]
        let omitted = max(0, targets.count - count) + max(0, outcome.count - count)
        if omitted > 0 { members.append(("omitted", .int(Int64(omitted)))) }
        // This writer escapes DEL, too, which no header field may hold.
        return String(decoding: JSONValue.object(members).serialized(escapesEndTags: false), as: UTF8.self)
    }
}
