internal import CeleryProtocol

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
        guard let value else { return null() }
        PythonFloat.append(value, to: &bytes)
    }

    package mutating func string(_ value: String?) {
        guard let value else { return null() }
        JSONText.append(value, escapesEndTags: true, to: &bytes)
    }

    /// An integer of any size, by its digits.
    package mutating func bigInteger(_ digits: String) { JSONText.append(bigInteger: digits, to: &bytes) }

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
}
