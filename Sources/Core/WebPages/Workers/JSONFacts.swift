import CeleryProtocol
import PageKit

/// A value that a worker sent, as readable HTML; never as Python or JSON source.
enum JSONFacts {
    private static let maximumDepth = 4
    private static let maximumMembers = 200

    static func append(to html: inout HTML, _ value: JSONValue?, isSecret: Bool = false, depth: Int = 0) {
        switch value {
        case nil, .null?: html.element(.span, .class("muted"), text: "–")
        case .bool(let value)?: html.text(value ? "yes" : "no")
        case .int(let value)?: html.text(String(value))
        case .bigInteger(let digits)?: html.text(digits)
        case .double(let value)?: html.text(String(value))
        case .string(let text)?:
            if isSecret, !text.isEmpty {
                html.element(.span, .class("muted"), .title("Hidden: its name is that of a secret"), text: "••••••")
            } else {
                html.text(text.isEmpty ? "–" : MaskedURL.text(text))
            }
        case .array(let values)?: list(&html, values, isSecret: isSecret, depth: depth)
        case .object(let members)?: object(&html, members, isSecret: isSecret, depth: depth)
        }
    }

    private static func list(_ html: inout HTML, _ values: [JSONValue], isSecret: Bool, depth: Int) {
        guard !values.isEmpty else { return append(to: &html, .null) }
        guard depth < maximumDepth else { return html.text("\(values.count) values") }
        for (index, value) in values.prefix(maximumMembers).enumerated() {
            if index > 0 { html.text(", ") }
            append(to: &html, value, isSecret: isSecret, depth: depth + 1)
        }
        if values.count > maximumMembers { html.text(" and \(values.count - maximumMembers) more") }
    }

    private static func object(
        _ html: inout HTML, _ members: [(key: String, value: JSONValue)], isSecret: Bool, depth: Int
    ) {
        guard !members.isEmpty else { return append(to: &html, .null) }
        guard depth < maximumDepth else { return html.text("\(members.count) values") }
        html.element(.dl, .class("facts nested")) { html in
            for member in members.prefix(maximumMembers) {
                html.fact(member.key) {
                    append(
                        to: &$0, member.value, isSecret: isSecret || SecretName.matches(member.key), depth: depth + 1)
                }
            }
        }
        if members.count > maximumMembers { html.text(" and \(members.count - maximumMembers) more") }
    }
}

extension JSONValue {
    /// Nil for everything but a number.
    var number: Double? {
        switch self {
        case .int(let value): Double(value)
        case .double(let value): value
        default: nil
        }
    }
}
