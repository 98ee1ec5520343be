package import CeleryProtocol

/// A task's arguments read back from the reprs that its events carry.
///
/// nil when the text is no literal, which is so of cut texts and of objects, when it holds what JSON cannot carry, or when
/// it may be cut inside a string: Celery writes `...` there.
package enum ReprArguments {
    package static func positional(_ text: String) -> [JSONValue]? {
        switch literal(text) {
        case .tuple(let items)?, .list(let items)?: values(items)
        default: nil
        }
    }

    package static func keyword(_ text: String) -> [(key: String, value: JSONValue)]? {
        guard case .object(let members)? = literal(text).flatMap(value) else { return nil }
        return members
    }

    private static func literal(_ text: String) -> PythonLiteral? {
        text.contains("...") ? nil : PythonLiteral.parse(text)
    }

    private static func values(_ items: [PythonLiteral]) -> [JSONValue]? {
        let values = items.compactMap(value)
        return values.count == items.count ? values : nil
    }

    private static func value(_ literal: PythonLiteral) -> JSONValue? {
        switch literal {
        case .none: .null
        case .bool(let flag): .bool(flag)
        case .integer(let digits): Int64(digits).map(JSONValue.int) ?? .bigInteger(digits)
        case .float(let number): number.isFinite ? .double(number) : nil
        // A lone surrogate has become U+FFFD: what it was is not known any more.
        case .string(let text): text.unicodeScalars.contains("\u{FFFD}") ? nil : .string(text)
        case .list(let items), .tuple(let items): values(items).map(JSONValue.array)
        case .dictionary(let members): object(members)
        case .bytes, .set: nil
        }
    }

    private static func object(_ members: [(key: PythonLiteral, value: PythonLiteral)]) -> JSONValue? {
        var object: [(key: String, value: JSONValue)] = []
        for member in members {
            guard case .string(let key)? = value(member.key), let value = value(member.value) else { return nil }
            object.append((key, value))
        }
        return .object(object)
    }
}
