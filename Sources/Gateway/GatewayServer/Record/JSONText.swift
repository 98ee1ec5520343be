/// Writes JSON objects of texts and numbers.
struct JSONText {
    private(set) var bytes: [UInt8]
    private var isEmpty: Bool

    init(capacity: Int = 256) {
        bytes = []
        bytes.reserveCapacity(capacity)
        bytes.append(UInt8(ascii: "{"))
        isEmpty = true
    }

    /// The inside of a JSON string that stands for `text`.
    static func escaped(_ text: String) -> [UInt8] {
        var json = JSONText()
        json.bytes = []
        for scalar in text.unicodeScalars { json.append(escaping: scalar) }
        return json.bytes
    }

    mutating func add(_ name: StaticString, _ value: String) {
        key(name)
        bytes.append(UInt8(ascii: "\""))
        // ASCII without anything to escape, as nearly always, goes as it is.
        if value.utf8.allSatisfy({ $0 >= 0x20 && $0 < 0x7f && $0 != UInt8(ascii: "\"") && $0 != UInt8(ascii: "\\") }) {
            bytes.append(contentsOf: value.utf8)
        } else {
            for scalar in value.unicodeScalars { append(escaping: scalar) }
        }
        bytes.append(UInt8(ascii: "\""))
    }

    mutating func add(_ name: StaticString, _ value: Int) {
        key(name)
        bytes.append(contentsOf: String(value).utf8)
    }

    consuming func finish() -> [UInt8] {
        bytes.append(UInt8(ascii: "}"))
        return bytes
    }

    private mutating func key(_ name: StaticString) {
        if !isEmpty { bytes.append(UInt8(ascii: ",")) }
        isEmpty = false
        bytes.append(UInt8(ascii: "\""))
        name.withUTF8Buffer { bytes.append(contentsOf: $0) }
        bytes.append(UInt8(ascii: "\""))
        bytes.append(UInt8(ascii: ":"))
    }

    /// Escapes also what terminals and line readers take for more than text.
    private mutating func append(escaping scalar: Unicode.Scalar) {
        switch scalar.value {
        case 0x22, 0x5c:
            bytes.append(0x5c)
            bytes.append(UInt8(scalar.value))
        case 0..<0x20, 0x7f...0x9f, 0x2028, 0x2029:
            let digits = String(scalar.value, radix: 16)
            bytes.append(contentsOf: "\\u\(String(repeating: "0", count: 4 - digits.count))\(digits)".utf8)
        default:
            bytes.append(contentsOf: UTF8.encode(scalar).map { Array($0) } ?? [])
        }
    }
}
