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
        var text = text
        text.withUTF8 { utf8 in
            bytes.append(UInt8(ascii: "\""))
            var position = 0
            while position < utf8.count {
                let start = position
                while position < utf8.count, isPlain(utf8, position) { position += 1 }
                if position > start { bytes.append(contentsOf: utf8[start..<position]) }
                if position < utf8.count { position += writeEscaped(utf8, position) }
            }
            bytes.append(UInt8(ascii: "\""))
        }
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

    /// Whether the byte stands for itself.
    private func isPlain(_ utf8: UnsafeBufferPointer<UInt8>, _ position: Int) -> Bool {
        switch utf8[position] {
        case UInt8(ascii: "\""), UInt8(ascii: "\\"): false
        case UInt8(ascii: "/"): !escapesEndTags || position == 0 || utf8[position - 1] != UInt8(ascii: "<")
        case 0x20...0x7e: true
        default: false
        }
    }

    /// Writes the escape of the character at `position` and returns how many bytes the character has.
    private mutating func writeEscaped(_ utf8: UnsafeBufferPointer<UInt8>, _ position: Int) -> Int {
        let byte = utf8[position]
        switch byte {
        case 0x22: write(raw: "\\\"")
        case 0x5c: write(raw: "\\\\")
        case 0x2f: write(raw: "\\/")
        case 0x0a: write(raw: "\\n")
        case 0x0d: write(raw: "\\r")
        case 0x09: write(raw: "\\t")
        case 0x08: write(raw: "\\b")
        case 0x0c: write(raw: "\\f")
        case 0x80...: return writeScalar(utf8[position...])
        default: write(unit: UInt16(byte))
        }
        return 1
    }

    /// A String's UTF-8 is valid, so the first byte tells the length.
    private mutating func writeScalar(_ utf8: Slice<UnsafeBufferPointer<UInt8>>) -> Int {
        let first = utf8[utf8.startIndex]
        let count = first < 0xe0 ? 2 : first < 0xf0 ? 3 : 4
        let leading = UInt32(first) & (count == 2 ? 0x1f : count == 3 ? 0x0f : 0x07)
        let value = utf8.dropFirst().prefix(count - 1).reduce(leading) { $0 << 6 | UInt32($1 & 0x3f) }
        if value < 0x1_0000 {
            write(unit: UInt16(truncatingIfNeeded: value))
        } else {
            write(unit: UInt16(truncatingIfNeeded: 0xd800 + (value - 0x1_0000) >> 10))
            write(unit: UInt16(truncatingIfNeeded: 0xdc00 + value & 0x3ff))
        }
        return count
    }

    private mutating func write(unit: UInt16) {
        write(raw: "\\u")
        for shift in [12, 8, 4, 0] as [UInt16] { bytes.append(Self.hexDigits[Int(unit >> shift & 15)]) }
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
