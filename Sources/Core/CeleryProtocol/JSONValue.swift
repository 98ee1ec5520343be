/// A JSON value as Python writes it: keys keep their order, and NaN, Infinity and integers of any size survive.
package enum JSONValue: Sendable, Equatable {
    case null
    case bool(Bool)
    case int(Int64)
    /// An integer beyond 64 bits, as its digits.
    case bigInteger(String)
    case double(Double)
    case string(String)
    case array([JSONValue])
    case object([(key: String, value: JSONValue)])

    package static func == (left: JSONValue, right: JSONValue) -> Bool {
        switch (left, right) {
        case (.null, .null): true
        case (.bool(let a), .bool(let b)): a == b
        case (.int(let a), .int(let b)): a == b
        case (.bigInteger(let a), .bigInteger(let b)): a == b
        case (.double(let a), .double(let b)): a == b
        case (.string(let a), .string(let b)): a == b
        case (.array(let a), .array(let b)): a == b
        case (.object(let a), .object(let b)):
            a.count == b.count && zip(a, b).allSatisfy { $0.key == $1.key && $0.value == $1.value }
        default: false
        }
    }

    /// Bytes that the value takes in memory, about.
    package var bytes: Int {
        let own = MemoryLayout<JSONValue>.stride
        return switch self {
        case .null, .bool, .int, .double: own
        case .bigInteger(let text), .string(let text): own + text.heapBytes
        case .array(let values): values.reduce(own + 32) { $0 + $1.bytes }
        case .object(let members):
            members.reduce(own + 32) { $0 + MemoryLayout<String>.stride + $1.key.heapBytes + $1.value.bytes }
        }
    }

    /// The value of `key` when this is an object that has it.
    package subscript(_ key: String) -> JSONValue? {
        guard case .object(let members) = self else { return nil }
        return members.first { $0.key == key }?.value
    }
}

extension String {
    /// Up to 15 bytes lie in the string itself.
    fileprivate var heapBytes: Int { utf8.count > 15 ? utf8.count + 32 : 0 }
}
