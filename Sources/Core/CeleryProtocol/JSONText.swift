/// Strings as Python's `json.dumps` writes them, appended to bytes: in quotes and ASCII, other characters as `\u00e9`.
package enum JSONText {
    /// `text` is valid UTF-8. With `escapesEndTags` a `</` becomes `<\/`, so that the text can stand in an HTML script.
    package static func append(
        _ text: UnsafeBufferPointer<UInt8>, escapesEndTags: Bool, to bytes: inout [UInt8]
    ) {
        bytes.append(UInt8(ascii: "\""))
        var start = 0
        var index = 0
        while true {
            index = plainEnd(text, from: index)
            guard index < text.count else { break }
            if text[index] == UInt8(ascii: "/") {
                guard escapesEndTags, index > 0, text[index - 1] == UInt8(ascii: "<") else {
                    index += 1
                    continue
                }
            }
            bytes.append(contentsOf: UnsafeBufferPointer(rebasing: text[start..<index]))
            index += appendEscape(text, at: index, to: &bytes)
            start = index
        }
        bytes.append(contentsOf: UnsafeBufferPointer(rebasing: text[start...]))
        bytes.append(UInt8(ascii: "\""))
    }

    package static func append(_ text: String, escapesEndTags: Bool, to bytes: inout [UInt8]) {
        var text = text
        text.withUTF8 { append($0, escapesEndTags: escapesEndTags, to: &bytes) }
    }

    /// An integer of any size, by its digits; what is none is written as a string.
    package static func append(bigInteger digits: String, to bytes: inout [UInt8]) {
        let magnitude = digits.utf8.first == UInt8(ascii: "-") ? digits.utf8.dropFirst() : digits.utf8[...]
        let isNumber = magnitude.first.map { $0 != UInt8(ascii: "0") || magnitude.count == 1 } ?? false
        if isNumber, magnitude.allSatisfy({ (UInt8(ascii: "0")...UInt8(ascii: "9")).contains($0) }) {
            bytes.append(contentsOf: digits.utf8)
        } else {
            append(digits, escapesEndTags: true, to: &bytes)
        }
    }

    /// The first byte at or behind `index` that may need an escape. Eight bytes are looked at together.
    private static func plainEnd(_ text: UnsafeBufferPointer<UInt8>, from start: Int) -> Int {
        var index = start
        let raw = UnsafeRawBufferPointer(text)
        while index + 8 <= text.count, !needsLook(raw.loadUnaligned(fromByteOffset: index, as: UInt64.self)) {
            index += 8
        }
        while index < text.count, isPlain(text[index]) { index += 1 }
        return index
    }

    private static let ones: UInt64 = 0x0101_0101_0101_0101

    /// Whether a byte of the word is not plain.
    private static func needsLook(_ word: UInt64) -> Bool {
        func zeroByte(_ word: UInt64) -> UInt64 { (word &- ones) & ~word }
        let control = (word &- ones &* 0x20) & ~word
        let marks =
            zeroByte(word ^ ones &* 0x22) | zeroByte(word ^ ones &* 0x5c) | zeroByte(word ^ ones &* 0x2f)
            | zeroByte(word ^ ones &* 0x7f)
        return (word | control | marks) & (ones &* 0x80) != 0
    }

    /// Whether a byte stands for itself wherever it is.
    private static func isPlain(_ byte: UInt8) -> Bool {
        byte >= 0x20 && byte < 0x7f && byte != UInt8(ascii: "\"") && byte != UInt8(ascii: "\\")
            && byte != UInt8(ascii: "/")
    }

    /// Appends the escape of the character that starts at `index` and returns how many bytes of `text` it took.
    private static func appendEscape(
        _ text: UnsafeBufferPointer<UInt8>, at index: Int, to bytes: inout [UInt8]
    ) -> Int {
        let byte = text[index]
        if byte < 0x80 {
            let short: UInt8? =
                switch byte {
                case UInt8(ascii: "\""), UInt8(ascii: "\\"), UInt8(ascii: "/"): byte
                case 0x08: UInt8(ascii: "b")
                case 0x09: UInt8(ascii: "t")
                case 0x0a: UInt8(ascii: "n")
                case 0x0c: UInt8(ascii: "f")
                case 0x0d: UInt8(ascii: "r")
                default: nil
                }
            if let short {
                bytes.append(UInt8(ascii: "\\"))
                bytes.append(short)
            } else {
                appendUnit(UInt32(byte), to: &bytes)
            }
            return 1
        }
        let length = byte < 0xe0 ? 2 : byte < 0xf0 ? 3 : 4
        var scalar = UInt32(byte) & (length == 2 ? 0x1f : length == 3 ? 0x0f : 0x07)
        for offset in 1..<length where index + offset < text.count {
            scalar = scalar << 6 | UInt32(text[index + offset] & 0x3f)
        }
        if scalar < 0x10000 {
            appendUnit(scalar, to: &bytes)
        } else {
            appendUnit(0xd800 + (scalar - 0x10000) >> 10, to: &bytes)
            appendUnit(0xdc00 + (scalar - 0x10000) & 0x3ff, to: &bytes)
        }
        return min(length, text.count - index)
    }

    private static func appendUnit(_ unit: UInt32, to bytes: inout [UInt8]) {
        bytes.append(UInt8(ascii: "\\"))
        bytes.append(UInt8(ascii: "u"))
        for shift in [UInt32(12), 8, 4, 0] {
            let digit = UInt8(truncatingIfNeeded: unit >> shift & 15)
            bytes.append(digit < 10 ? UInt8(ascii: "0") + digit : UInt8(ascii: "a") + digit - 10)
        }
    }
}
