/// The pairs of a query or of an `application/x-www-form-urlencoded` body (WHATWG URL, section 5), read strictly.
struct FormFields: Sendable {
    static let maximumCount = 64

    private let pairs: [(name: String, value: String)]

    /// Nil for a malformed escape, a name or value that is no UTF-8, or too many fields.
    init?(_ bytes: some Collection<UInt8>) {
        var pairs: [(String, String)] = []
        for pair in bytes.split(separator: UInt8(ascii: "&")) {
            guard pairs.count < Self.maximumCount else { return nil }
            let equals = pair.firstIndex(of: UInt8(ascii: "="))
            guard let name = Self.decoded(pair[..<(equals ?? pair.endIndex)]) else { return nil }
            guard let value = equals.map({ Self.decoded(pair[pair.index(after: $0)...]) }) ?? "" else { return nil }
            pairs.append((name, value))
        }
        self.pairs = pairs
    }

    /// The field's value when it stands exactly once.
    func single(_ name: String) -> String? {
        let found = pairs.filter { $0.name == name }
        return found.count == 1 ? found[0].value : nil
    }

    func contains(_ name: String) -> Bool { pairs.contains { $0.name == name } }

    private static func decoded(_ bytes: some Collection<UInt8>) -> String? {
        var output: [UInt8] = []
        output.reserveCapacity(bytes.count)
        var iterator = bytes.makeIterator()
        while let byte = iterator.next() {
            switch byte {
            case UInt8(ascii: "+"): output.append(0x20)
            case UInt8(ascii: "%"):
                guard let high = iterator.next()?.hexadecimalValue, let low = iterator.next()?.hexadecimalValue else {
                    return nil
                }
                output.append(high << 4 | low)
            default: output.append(byte)
            }
        }
        return String(validating: output, as: UTF8.self)
    }

    /// `text` with everything but unreserved characters percent-encoded.
    static func encoded(_ text: String) -> String {
        let unreserved = unreserved
        var output: [UInt8] = []
        for byte in text.utf8 {
            if unreserved.contains(byte) {
                output.append(byte)
            } else {
                let digits = Array("0123456789ABCDEF".utf8)
                output.append(contentsOf: [UInt8(ascii: "%"), digits[Int(byte >> 4)], digits[Int(byte & 15)]])
            }
        }
        return String(decoding: output, as: UTF8.self)
    }

    private static let unreserved = ByteSet("abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789-._~")
}
