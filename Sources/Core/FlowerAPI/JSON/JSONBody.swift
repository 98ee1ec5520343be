/// Appends JSON to bytes as Flower writes it: ASCII only, `", "` and `": "` between values, `</` as `<\/`, and floats
/// as Python prints them. What JSON cannot say (NaN, Infinity) becomes null.
package struct JSONBody {
    package private(set) var bytes: [UInt8] = []

    package init(capacity: Int = 512) {
        bytes.reserveCapacity(capacity)
    }

    /// Punctuation and keys, as they are.
    package mutating func raw(_ text: StaticString) {
        text.withUTF8Buffer { bytes.append(contentsOf: $0) }
    }

    /// One byte, as it is.
    mutating func append(_ byte: UInt8) { bytes.append(byte) }

    package mutating func null() { raw("null") }

    package mutating func bool(_ value: Bool) { raw(value ? "true" : "false") }

    package mutating func integer(_ value: some FixedWidthInteger) {
        if value >= 0, value < 10 {
            bytes.append(UInt8(ascii: "0") &+ UInt8(truncatingIfNeeded: value))
        } else {
            bytes.append(contentsOf: String(value).utf8)
        }
    }

    package mutating func number(_ value: Double?) {
        guard let value, value.isFinite else { return null() }
        JSONNumber.append(value, to: &bytes)
    }

    package mutating func string(_ value: String?) {
        guard var value else { return null() }
        value.withUTF8 { appendQuoted($0) }
    }

    package mutating func strings(_ values: [String]) {
        raw("[")
        for (index, value) in values.enumerated() {
            if index > 0 { raw(", ") }
            string(value)
        }
        raw("]")
    }

    /// `bytes` so far; the writer goes on empty with its capacity.
    package mutating func take() -> [UInt8] {
        defer { bytes = [] }
        return bytes
    }

    private mutating func appendQuoted(_ text: UnsafeBufferPointer<UInt8>) {
        bytes.append(UInt8(ascii: "\""))
        var start = 0
        var index = 0
        while index < text.count {
            let byte = text[index]
            if JSONEscape.isPlain(byte)
                && !(byte == UInt8(ascii: "/") && index > 0 && text[index - 1] == UInt8(ascii: "<"))
            {
                index += 1
                continue
            }
            bytes.append(contentsOf: UnsafeBufferPointer(rebasing: text[start..<index]))
            index += JSONEscape.append(text, at: index, to: &bytes)
            start = index
        }
        bytes.append(contentsOf: UnsafeBufferPointer(rebasing: text[start...]))
        bytes.append(UInt8(ascii: "\""))
    }
}
