import Foundation

/// What the core says of an action in its `Calyx-Audit` field: `{"action", "targets", "parameters", "outcome"}`.
package struct ActionNote: Sendable, Equatable {
    package let action: String
    /// The rest, as one JSON object again.
    package let detail: String
    /// Something did not do what it should.
    package let hasFailures: Bool

    /// Nil for what is no such object: the field is then kept as text by whoever reads it.
    package init?(_ field: String) {
        guard field.utf8.count <= 8192,
            let object = try? JSONSerialization.jsonObject(with: Data(field.utf8)) as? [String: Any],
            let action = object["action"] as? String
        else { return nil }
        self.action = action
        var rest = object
        rest["action"] = nil
        let json = try? JSONSerialization.data(withJSONObject: rest, options: [.sortedKeys, .withoutEscapingSlashes])
        detail = json.map { String(decoding: $0, as: UTF8.self) } ?? "{}"
        let outcome = object["outcome"] as? [String: Any] ?? [:]
        hasFailures = outcome.values.contains { ($0 as? String) != "ok" }
    }
}
