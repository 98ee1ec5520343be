/// Writes JSON in ASCII as Python's `json.dumps` does: other characters as `\u00e9`, doubles in the shortest form that
/// reads back the same (`1.0`, `1e-05`, `1e+16`). Non-finite doubles become null, because the result is valid JSON.
package struct JSONWriter: Sendable {
    /// The bytes written so far.
    package private(set) var bytes: [UInt8]
    /// `, ` and `: ` as Python writes by default, instead of `,` and `:`.
    private let isSpaced: Bool
    /// `</` as `<\/`, so that the text can stand in an HTML script.
    private let escapesEndTags: Bool

    package init(isSpaced: Bool = true, escapesEndTags: Bool = true, capacity: Int = 256) {
        self.isSpaced = isSpaced
        self.escapesEndTags = escapesEndTags
        bytes = []
        bytes.reserveCapacity(capacity)
    }

    package mutating func write(_ value: JSONValue) {
        switch value {
        case .null: write(raw: "null")
        case .bool(let value): write(raw: value ? "true" : "false")
        case .int(let value): write(value)
        case .bigInteger(let digits): bytes.append(contentsOf: digits.utf8)
        case .double(let value): write(value)
        case .string(let text): write(text)
        case .array(let elements):
            write(raw: "[")
            for (index, element) in elements.enumerated() {
                if index > 0 { writeComma() }
                write(element)
            }
            write(raw: "]")
        case .object(let members):
            write(raw: "{")
            for (index, member) in members.enumerated() {
                if index > 0 { writeComma() }
                write(key: member.key)
                write(member.value)
            }
            write(raw: "}")
        }
    }

    package mutating func write(_ value: Int64) {
        bytes.append(contentsOf: String(value).utf8)
    }

    package mutating func write(_ value: Double) {
        bytes.append(contentsOf: PythonFloat.representation(of: value).utf8)
    }

    /// A string in quotes.
    package mutating func write(_ text: String) {
        bytes.append(UInt8(ascii: "\""))
        var previous: UInt16 = 0
        for unit in text.utf16 {
            write(unit, after: previous)
            previous = unit
        }
        bytes.append(UInt8(ascii: "\""))
    }

    /// A member's key and its colon.
    package mutating func write(key: String) {
        write(key)
        write(raw: isSpaced ? ": " : ":")
    }

    package mutating func writeComma() { write(raw: isSpaced ? ", " : ",") }

    /// Punctuation and words of JSON itself.
    package mutating func write(raw text: StaticString) {
        bytes.append(contentsOf: UnsafeBufferPointer(start: text.utf8Start, count: text.utf8CodeUnitCount))
    }

    private mutating func write(_ unit: UInt16, after previous: UInt16) {
        switch unit {
        case 0x22: write(raw: "\\\"")
        case 0x5c: write(raw: "\\\\")
        case 0x0a: write(raw: "\\n")
        case 0x0d: write(raw: "\\r")
        case 0x09: write(raw: "\\t")
        case 0x08: write(raw: "\\b")
        case 0x0c: write(raw: "\\f")
        case 0x2f where escapesEndTags && previous == 0x3c: write(raw: "\\/")
        case 0x20...0x7e: bytes.append(UInt8(truncatingIfNeeded: unit))
        default:
            write(raw: "\\u")
            for shift in [12, 8, 4, 0] as [UInt16] {
                bytes.append(Self.hexDigits[Int(unit >> shift & 15)])
            }
        }
    }

    private static let hexDigits = Array("0123456789abcdef".utf8)
}

extension JSONValue {
    /// This value as JSON text, see `JSONWriter`.
    package func serialized(isSpaced: Bool = true, escapesEndTags: Bool = true) -> [UInt8] {
        var writer = JSONWriter(isSpaced: isSpaced, escapesEndTags: escapesEndTags)
        writer.write(self)
        return writer.bytes
    }
}
