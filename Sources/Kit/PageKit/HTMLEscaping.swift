/// Escaping for character data and double-quoted attribute values (HTML standard, 13.1.2).
enum HTMLEscaping {
    static func append(_ text: String, to bytes: inout [UInt8]) {
        var text = text
        text.withUTF8 { utf8 in
            var clean = 0
            for index in utf8.indices {
                guard let replacement = replacement(for: utf8[index]) else { continue }
                bytes.append(contentsOf: utf8[clean..<index])
                replacement.withUTF8Buffer { bytes.append(contentsOf: $0) }
                clean = index + 1
            }
            bytes.append(contentsOf: utf8[clean...])
        }
    }

    /// Control characters have no meaning in HTML (NUL and most others are parse errors), so they are shown as U+FFFD.
    private static func replacement(for byte: UInt8) -> StaticString? {
        switch byte {
        case UInt8(ascii: "&"): "&amp;"
        case UInt8(ascii: "<"): "&lt;"
        case UInt8(ascii: ">"): "&gt;"
        case UInt8(ascii: "\""): "&quot;"
        case UInt8(ascii: "'"): "&#39;"
        case 0x09, 0x0A, 0x0D: nil
        case 0x00..<0x20, 0x7F: "\u{FFFD}"
        default: nil
        }
    }
}
