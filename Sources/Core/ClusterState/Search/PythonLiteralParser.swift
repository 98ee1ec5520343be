/// Reads what `ast.literal_eval` reads, without complex numbers.
struct PythonLiteralParser {
    private let text: [Unicode.Scalar]
    private var index = 0
    private var depth = 0

    private static let deepest = 100
    /// Python refuses to read longer integers, too.
    private static let longestInteger = 4300

    init(_ text: [Unicode.Scalar]) { self.text = text }

    mutating func parse() -> PythonLiteral? {
        guard !text.contains("\0"), let value = value() else { return nil }
        skipSpace()
        return index == text.count ? value : nil
    }

    private var current: Unicode.Scalar? { index < text.count ? text[index] : nil }

    private mutating func skipSpace() {
        while let scalar = current, scalar == " " || scalar == "\t" || scalar == "\n" || scalar == "\r" { index += 1 }
    }

    private mutating func take(_ scalar: Unicode.Scalar) -> Bool {
        skipSpace()
        guard current == scalar else { return false }
        index += 1
        return true
    }

    private mutating func value() -> PythonLiteral? {
        skipSpace()
        depth += 1
        defer { depth -= 1 }
        guard depth <= PythonLiteralParser.deepest, let scalar = current else { return nil }
        switch scalar {
        case "{": return braces()
        case "[": return items(until: "]").map { .list($0.items) }
        case "(":
            guard let found = items(until: ")") else { return nil }
            // Parentheses around one value without a comma only group.
            return found.items.count == 1 && !found.hasComma ? found.items[0] : .tuple(found.items)
        case "'", "\"": return strings()
        case "+", "-", ".", "0"..."9": return number()
        default: return word()
        }
    }

    private mutating func items(until end: Unicode.Scalar) -> (items: [PythonLiteral], hasComma: Bool)? {
        index += 1
        var items: [PythonLiteral] = []
        var hasComma = false
        while !take(end) {
            guard items.isEmpty || hasComma, let item = value() else { return nil }
            items.append(item)
            hasComma = take(",")
        }
        return (items, hasComma)
    }

    private mutating func braces() -> PythonLiteral? {
        index += 1
        if take("}") { return .dictionary([]) }
        guard let first = value() else { return nil }
        guard take(":") else {
            var items = [first]
            while take(",") {
                if take("}") { return .set(items) }
                guard let item = value() else { return nil }
                items.append(item)
            }
            return take("}") ? .set(items) : nil
        }
        guard let firstValue = value() else { return nil }
        var members = [(key: first, value: firstValue)]
        while take(",") {
            if take("}") { return .dictionary(members) }
            guard let key = value(), take(":"), let item = value() else { return nil }
            members.append((key, item))
        }
        return take("}") ? .dictionary(members) : nil
    }

    private mutating func number() -> PythonLiteral? {
        var sign = ""
        while current == "-" || current == "+" {
            if current == "-" { sign = sign.isEmpty ? "-" : "" }
            index += 1
        }
        var digits = ""
        while let scalar = current, scalar.properties.isASCIIHexDigit || "._xobXOBeE+-".unicodeScalars.contains(scalar)
        {
            // A sign belongs to a number only right after its exponent.
            if scalar == "+" || scalar == "-", digits.last != "e", digits.last != "E" { break }
            digits.unicodeScalars.append(scalar)
            index += 1
        }
        let plain = digits.filter { $0 != "_" }
        guard !plain.isEmpty, plain.utf8.count <= PythonLiteralParser.longestInteger else { return nil }
        if plain.utf8.allSatisfy({ $0 >= 0x30 && $0 <= 0x39 }) {
            let significant = plain.drop { $0 == "0" }
            if significant.isEmpty { return .integer("0") }
            return significant.count == plain.count ? .integer(sign + plain) : nil
        }
        for (prefix, radix) in [("0x", 16), ("0o", 8), ("0b", 2)] where plain.lowercased().hasPrefix(prefix) {
            return UInt64(plain.dropFirst(2), radix: radix).map { .integer($0 == 0 ? "0" : sign + String($0)) }
        }
        return Double(plain).map { .float(sign.isEmpty ? $0 : -$0) }
    }

    private mutating func word() -> PythonLiteral? {
        var name = ""
        while let scalar = current, scalar.properties.isAlphabetic || scalar == "_" {
            name.unicodeScalars.append(scalar)
            index += 1
        }
        if let quote = current, quote == "'" || quote == "\"" { return strings(prefix: name) }
        switch name {
        case "None": return PythonLiteral.none
        case "True": return .bool(true)
        case "False": return .bool(false)
        case "set": return take("(") && take(")") ? .set([]) : nil
        default: return nil
        }
    }

    /// One string, and those right after it, which Python joins.
    private mutating func strings(prefix: String = "") -> PythonLiteral? {
        let kind = prefix.lowercased()
        guard ["", "r", "u", "b", "br", "rb"].contains(kind) else { return nil }
        let isBytes = kind.contains("b")
        guard var joined = string(isRaw: kind.contains("r"), isBytes: isBytes) else { return nil }
        skipSpace()
        while !isBytes, let quote = current, quote == "'" || quote == "\"" {
            guard let next = string(isRaw: false, isBytes: false) else { return nil }
            joined += next
            skipSpace()
        }
        guard isBytes else { return .string(joined) }
        return .bytes(joined.unicodeScalars.map { UInt8(truncatingIfNeeded: $0.value) })
    }

    private mutating func string(isRaw: Bool, isBytes: Bool) -> String? {
        guard let quote = current else { return nil }
        index += 1
        var value = String.UnicodeScalarView()
        while let scalar = current {
            index += 1
            if scalar == quote { return String(value) }
            // A raw line end inside a string is a syntax error in Python; workers write such reprs nevertheless.
            if scalar == "\n" || (isBytes && scalar.value > 0x7F) { return nil }
            if scalar != "\\" || isRaw {
                value.append(scalar)
                continue
            }
            guard let escaped = escape(isBytes: isBytes) else { return nil }
            value.append(contentsOf: escaped)
        }
        return nil
    }

    /// What the escape behind a backslash stands for.
    private mutating func escape(isBytes: Bool) -> [Unicode.Scalar]? {
        guard let scalar = current else { return nil }
        index += 1
        switch scalar {
        case "\n": return []
        case "\\", "'", "\"": return [scalar]
        case "n": return ["\n"]
        case "r": return ["\r"]
        case "t": return ["\t"]
        case "a": return ["\u{07}"]
        case "b": return ["\u{08}"]
        case "f": return ["\u{0C}"]
        case "v": return ["\u{0B}"]
        case "x": return code(digits: 2)
        case "u" where !isBytes: return code(digits: 4)
        case "U" where !isBytes: return code(digits: 8)
        case "N" where !isBytes: return nil
        case "0"..."7":
            var number = scalar.value - 0x30
            for _ in 0..<2 {
                guard let digit = current, ("0"..."7").contains(digit) else { break }
                number = number * 8 + digit.value - 0x30
                index += 1
            }
            return Unicode.Scalar(number).map { [$0] }
        default: return ["\\", scalar]
        }
    }

    private mutating func code(digits: Int) -> [Unicode.Scalar]? {
        guard index + digits <= text.count else { return nil }
        let digitsText = SearchText.string(text[index..<index + digits])
        guard digitsText.utf8.count == digits, let number = UInt32(digitsText, radix: 16) else { return nil }
        index += digits
        // A lone surrogate is a character in Python; here it becomes the replacement character.
        return [Unicode.Scalar(number) ?? "\u{FFFD}"]
    }
}
