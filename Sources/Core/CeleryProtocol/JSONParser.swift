/// A recursive descent parser; `limits.depth` bounds its recursion.
struct JSONParser {
    private let bytes: UnsafeRawBufferPointer
    private let limits: JSONLimits
    private var position = 0
    private var depth = 0
    private var values = 0

    init(bytes: UnsafeRawBufferPointer, limits: JSONLimits) {
        self.bytes = bytes
        self.limits = limits
    }

    mutating func parseText() throws(JSONParseError) -> JSONValue {
        let value = try parseValue()
        skipSpace()
        guard position == bytes.count else { throw error("there is more after the value") }
        return value
    }

    private mutating func parseValue() throws(JSONParseError) -> JSONValue {
        skipSpace()
        values += 1
        guard values <= limits.values else { throw error("there are more than \(limits.values) values") }
        guard position < bytes.count else { throw error("the text ends where a value should be") }
        switch bytes[position] {
        case UInt8(ascii: "{"): return try parseObject()
        case UInt8(ascii: "["): return try parseArray()
        case UInt8(ascii: "\""): return .string(try parseString())
        case UInt8(ascii: "-"), UInt8(ascii: "0")...UInt8(ascii: "9"): return try parseNumber()
        case UInt8(ascii: "t") where takes("true"): return .bool(true)
        case UInt8(ascii: "f") where takes("false"): return .bool(false)
        case UInt8(ascii: "n") where takes("null"): return .null
        case UInt8(ascii: "N") where takes("NaN"): return .double(.nan)
        case UInt8(ascii: "I") where takes("Infinity"): return .double(.infinity)
        default: throw error("no JSON value starts so")
        }
    }

    private mutating func parseArray() throws(JSONParseError) -> JSONValue {
        try enter()
        var elements: [JSONValue] = []
        if !takesMark("]") {
            repeat { elements.append(try parseValue()) } while takesMark(",")
            guard takesMark("]") else { throw error("an array lacks ',' or ']'") }
        }
        depth -= 1
        return .array(elements)
    }

    private mutating func parseObject() throws(JSONParseError) -> JSONValue {
        try enter()
        var members: [(key: String, value: JSONValue)] = []
        if !takesMark("}") {
            repeat {
                skipSpace()
                guard position < bytes.count, bytes[position] == UInt8(ascii: "\"") else {
                    throw error("an object lacks a key")
                }
                let key = try parseString()
                guard takesMark(":") else { throw error("a key lacks its ':'") }
                members.append((key, try parseValue()))
            } while takesMark(",")
            guard takesMark("}") else { throw error("an object lacks ',' or '}'") }
        }
        depth -= 1
        return .object(Self.withoutRepeatedKeys(members))
    }

    /// As in a Python dict: the last value of a key, at the place of its first.
    private static func withoutRepeatedKeys(
        _ members: [(key: String, value: JSONValue)]
    ) -> [(key: String, value: JSONValue)] {
        guard members.count > 1, Set(members.lazy.map(\.key)).count < members.count else { return members }
        var places: [String: Int] = [:]
        var result: [(key: String, value: JSONValue)] = []
        for member in members {
            if let place = places[member.key] {
                result[place].value = member.value
            } else {
                places[member.key] = result.count
                result.append(member)
            }
        }
        return result
    }

    private mutating func parseNumber() throws(JSONParseError) -> JSONValue {
        let start = position
        if bytes[position] == UInt8(ascii: "-") {
            position += 1
            if takes("Infinity") { return .double(-.infinity) }
        }
        let firstDigit = position
        let digits = skipDigits()
        guard digits > 0 else { throw error("a number lacks digits") }
        guard digits == 1 || bytes[firstDigit] != UInt8(ascii: "0") else { throw error("a number starts with 0") }
        var isInteger = true
        if position < bytes.count, bytes[position] == UInt8(ascii: ".") {
            position += 1
            guard skipDigits() > 0 else { throw error("a number lacks digits after its point") }
            isInteger = false
        }
        if position < bytes.count, bytes[position] | 0x20 == UInt8(ascii: "e") {
            position += 1
            if position < bytes.count, bytes[position] == UInt8(ascii: "+") || bytes[position] == UInt8(ascii: "-") {
                position += 1
            }
            guard skipDigits() > 0 else { throw error("a number lacks its exponent") }
            isInteger = false
        }
        let text = String(decoding: UnsafeRawBufferPointer(rebasing: bytes[start..<position]), as: UTF8.self)
        if isInteger {
            if let value = Int64(text) { return .int(value) }
            return .bigInteger(text)
        }
        guard let value = Double(text) else { throw error("a number cannot be read") }
        return .double(value)
    }

    private mutating func parseString() throws(JSONParseError) -> String {
        position += 1
        let start = position
        while position < bytes.count, bytes[position] != UInt8(ascii: "\""), bytes[position] != UInt8(ascii: "\\") {
            position += 1
        }
        guard position < bytes.count else { throw error("a string does not end") }
        if bytes[position] == UInt8(ascii: "\"") {
            let text = String(decoding: UnsafeRawBufferPointer(rebasing: bytes[start..<position]), as: UTF8.self)
            position += 1
            return text
        }
        var unescaped = Array(bytes[start..<position])
        while position < bytes.count {
            let byte = bytes[position]
            position += 1
            switch byte {
            case UInt8(ascii: "\""): return String(decoding: unescaped, as: UTF8.self)
            case UInt8(ascii: "\\"): try parseEscape(into: &unescaped)
            default: unescaped.append(byte)
            }
        }
        throw error("a string does not end")
    }

    private mutating func parseEscape(into text: inout [UInt8]) throws(JSONParseError) {
        guard position < bytes.count else { throw error("a string does not end") }
        let byte = bytes[position]
        position += 1
        switch byte {
        case UInt8(ascii: "\""), UInt8(ascii: "\\"), UInt8(ascii: "/"): text.append(byte)
        case UInt8(ascii: "b"): text.append(0x08)
        case UInt8(ascii: "f"): text.append(0x0c)
        case UInt8(ascii: "n"): text.append(0x0a)
        case UInt8(ascii: "r"): text.append(0x0d)
        case UInt8(ascii: "t"): text.append(0x09)
        case UInt8(ascii: "u"): text.append(contentsOf: try parseUnicodeEscape().utf8)
        default: throw error("a string has an unknown escape")
        }
    }

    private mutating func parseUnicodeEscape() throws(JSONParseError) -> String {
        let first = try parseFourHexDigits()
        if let scalar = Unicode.Scalar(first) { return String(scalar) }
        // A high surrogate counts only together with a low one right behind it.
        guard first < 0xdc00, position + 1 < bytes.count, bytes[position] == UInt8(ascii: "\\"),
            bytes[position + 1] == UInt8(ascii: "u")
        else { return "\u{fffd}" }
        let afterFirst = position
        position += 2
        let second = try parseFourHexDigits()
        if (0xdc00..<0xe000).contains(second),
            let scalar = Unicode.Scalar(0x1_0000 + (first - 0xd800) << 10 + (second - 0xdc00))
        {
            return String(scalar)
        }
        position = afterFirst
        return "\u{fffd}"
    }

    private mutating func parseFourHexDigits() throws(JSONParseError) -> UInt32 {
        guard position + 4 <= bytes.count else { throw error("a \\u escape is cut") }
        var value: UInt32 = 0
        for _ in 0..<4 {
            guard let digit = Character(Unicode.Scalar(bytes[position])).hexDigitValue else {
                throw error("a \\u escape has other than hex digits")
            }
            value = value << 4 | UInt32(digit)
            position += 1
        }
        return value
    }

    private mutating func enter() throws(JSONParseError) {
        depth += 1
        guard depth <= limits.depth else { throw error("values are nested deeper than \(limits.depth)") }
        position += 1
    }

    private mutating func skipDigits() -> Int {
        let start = position
        while position < bytes.count, (UInt8(ascii: "0")...UInt8(ascii: "9")).contains(bytes[position]) {
            position += 1
        }
        return position - start
    }

    private mutating func skipSpace() {
        while position < bytes.count, [0x20, 0x0a, 0x0d, 0x09].contains(bytes[position]) { position += 1 }
    }

    private mutating func takesMark(_ mark: Unicode.Scalar) -> Bool {
        skipSpace()
        guard position < bytes.count, bytes[position] == UInt8(ascii: mark) else { return false }
        position += 1
        return true
    }

    private mutating func takes(_ word: StaticString) -> Bool {
        let count = word.utf8CodeUnitCount
        guard position + count <= bytes.count else { return false }
        for index in 0..<count where bytes[position + index] != word.utf8Start[index] { return false }
        position += count
        return true
    }

    private func error(_ reason: String) -> JSONParseError { JSONParseError(reason: reason, offset: position) }
}
