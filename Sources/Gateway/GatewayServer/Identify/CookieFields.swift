/// Reads one cookie out of a request's `Cookie` fields.
enum CookieFields {
    enum Value: Equatable {
        case none
        case one(String)
        /// Somebody else set a cookie of the same name. Which one is ours cannot be told.
        case several
    }

    /// The value of the cookie `name`, compared byte for byte. Quotes belong to the value, as browsers have it.
    static func value(of name: String, in fields: [String]) -> Value {
        var found: Substring?
        for field in fields {
            let bytes = field.utf8
            var start = bytes.startIndex
            while start < bytes.endIndex {
                let end = bytes[start...].firstIndex(of: UInt8(ascii: ";")) ?? bytes.endIndex
                if let value = value(of: name, pair: bytes[start..<end]) {
                    guard found == nil else { return .several }
                    found = Substring(value)
                }
                start = end == bytes.endIndex ? end : bytes.index(after: end)
            }
        }
        return found.map { .one(String($0)) } ?? .none
    }

    private static func value(of name: String, pair: Substring.UTF8View) -> Substring.UTF8View? {
        let pair = pair.drop { $0 == 0x20 || $0 == 0x09 }
        guard pair.count > name.utf8.count, pair.starts(with: name.utf8) else { return nil }
        var value = pair.dropFirst(name.utf8.count)
        guard value.first == UInt8(ascii: "=") else { return nil }
        value = value.dropFirst()
        while let last = value.last, last == 0x20 || last == 0x09 { value = value.dropLast() }
        return value
    }
}
