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
        case .bigInteger(let digits): JSONText.append(bigInteger: digits, to: &bytes)
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
        PythonFloat.append(value, to: &bytes)
    }

    /// A string in quotes.
    package mutating func write(_ text: String) {
        JSONText.append(text, escapesEndTags: escapesEndTags, to: &bytes)
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
}

extension JSONValue {
    /// This value as JSON text, see `JSONWriter`.
    package func serialized(isSpaced: Bool = true, escapesEndTags: Bool = true) -> [UInt8] {
        var writer = JSONWriter(isSpaced: isSpaced, escapesEndTags: escapesEndTags)
        writer.write(self)
        return writer.bytes
    }
}
