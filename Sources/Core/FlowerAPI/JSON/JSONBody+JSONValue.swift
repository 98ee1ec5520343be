package import CeleryProtocol

extension JSONBody {
    /// A value that a worker sent. Deeper than 100 levels becomes null.
    package mutating func value(_ value: JSONValue?, depth: Int = 0) {
        guard let value, depth <= 100 else { return null() }
        switch value {
        case .null: null()
        case .bool(let flag): bool(flag)
        case .int(let number): integer(number)
        case .bigInteger(let digits): bigInteger(digits)
        case .double(let number): self.number(number)
        case .string(let text): string(text)
        case .array(let elements):
            raw("[")
            for (index, element) in elements.enumerated() {
                if index > 0 { raw(", ") }
                self.value(element, depth: depth + 1)
            }
            raw("]")
        case .object(let members):
            raw("{")
            for (index, member) in members.enumerated() {
                if index > 0 { raw(", ") }
                string(member.key)
                raw(": ")
                self.value(member.value, depth: depth + 1)
            }
            raw("}")
        }
    }
}
