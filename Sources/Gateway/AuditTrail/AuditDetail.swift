import Foundation

/// An entry's detail taken apart for people.
package struct AuditDetail: Sendable, Equatable {
    package struct Pair: Sendable, Equatable {
        package let name: String
        package let value: String
    }

    package private(set) var targets: [String] = []
    package private(set) var parameters: [Pair] = []
    /// What came of it, by worker or other target.
    package private(set) var outcome: [Pair] = []
    /// What is none of these, as it stands.
    package private(set) var rest: String?

    package init(_ json: String) {
        guard let object = try? JSONSerialization.jsonObject(with: Data(json.utf8)) as? [String: Any] else {
            rest = json
            return
        }
        targets = (object["targets"] as? [Any] ?? []).map { Self.text($0) }
        parameters = Self.pairs(object["parameters"])
        outcome = Self.pairs(object["outcome"])
        let others = object.filter { !["targets", "parameters", "outcome"].contains($0.key) }
        if !others.isEmpty { rest = Self.pairs(others).map { "\($0.name)=\($0.value)" }.joined(separator: " ") }
    }

    private static func pairs(_ value: Any?) -> [Pair] {
        (value as? [String: Any] ?? [:]).sorted { $0.key < $1.key }.map { Pair(name: $0.key, value: text($0.value)) }
    }

    private static func text(_ value: Any) -> String {
        if let text = value as? String { return text }
        let options: JSONSerialization.WritingOptions = [.fragmentsAllowed, .sortedKeys, .withoutEscapingSlashes]
        let json = try? JSONSerialization.data(withJSONObject: value, options: options)
        return json.map { String(decoding: $0, as: UTF8.self) } ?? ""
    }
}
