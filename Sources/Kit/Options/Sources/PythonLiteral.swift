/// A literal of a `flowerconfig.py`.
enum PythonLiteral: Equatable {
    case none
    case scalar(String)
    case sequence([String])
}

/// Reads the assignments of a Python file without running it: `name = literal`, where a literal is a text, a number,
/// True, False, None, or a list or tuple of these.
struct PythonAssignmentReader {
    struct Assignment: Equatable {
        var name: String
        var value: PythonLiteral
        var line: Int
    }

    private let text: [UInt8]
    private var position = 0
    private var line = 1
    private(set) var assignments: [Assignment] = []
    /// Lines that begin something else than a literal assignment.
    private(set) var unreadable: [Int] = []

    static func read(_ source: String) -> PythonAssignmentReader {
        var reader = PythonAssignmentReader(text: Array(source.utf8))
        reader.run()
        return reader
    }

    private init(text: [UInt8]) { self.text = text }

    private mutating func run() {
        if text.starts(with: [0xEF, 0xBB, 0xBF]) { position = 3 }
        while position < text.count {
            let start = line
            let isIndented = (peek() == space || peek() == tab) && (position == 0 || at(-1) == newline)
            skipBlank()
            guard let byte = peek() else { return }
            if byte == newline || byte == semicolon {
                advance()
            } else if byte == hash {
                skipLine()
            } else if isIndented {
                // The body of a statement already reported, or Python would refuse it.
                if unreadable.isEmpty { unreadable.append(start) }
                skipLine()
            } else if let assignment = readAssignment() {
                assignments.append(assignment)
            } else {
                unreadable.append(start)
                skipLine()
            }
        }
    }

    private mutating func readAssignment() -> Assignment? {
        let start = line
        if peek() == quote || peek() == apostrophe {
            // A docstring.
            guard case .scalar? = readText(), endsStatement() else { return nil }
            return Assignment(name: "", value: .none, line: start)
        }
        guard let name = readName() else { return nil }
        skipBlank()
        guard peek() == equals else { return nil }
        advance()
        guard peek() != equals else { return nil }
        skipBlank()
        guard let value = readValue(depth: 0), endsStatement() else { return nil }
        return Assignment(name: name, value: value, line: start)
    }

    private mutating func readValue(depth: Int) -> PythonLiteral? {
        switch peek() {
        case openBracket: return readItems(until: closeBracket, depth: depth)
        case openParenthesis: return readItems(until: closeParenthesis, depth: depth)
        default: return readText(isInside: depth > 0) ?? readNumberOrWord()
        }
    }

    private mutating func readItems(until close: UInt8, depth: Int) -> PythonLiteral? {
        guard depth == 0 else { return nil }
        advance()
        var items: [String] = []
        var sawComma = false
        while true {
            skipInside()
            if peek() == close { break }
            guard case .scalar(let item)? = readValue(depth: depth + 1) else { return nil }
            items.append(item)
            skipInside()
            if peek() == comma {
                sawComma = true
                advance()
            } else if peek() != close {
                return nil
            }
        }
        advance()
        // Parentheses around one value only group it.
        if close == closeParenthesis, items.count == 1, !sawComma { return .scalar(items[0]) }
        return .sequence(items)
    }

    private mutating func readNumberOrWord() -> PythonLiteral? {
        let start = position
        while let byte = peek(),
            isNameByte(byte) || byte == UInt8(ascii: ".") || byte == UInt8(ascii: "-")
                || byte == UInt8(ascii: "+")
        {
            advance()
        }
        let word = String(decoding: text[start..<position], as: UTF8.self)
        switch word {
        case "None": return PythonLiteral.none
        case "True": return .scalar("true")
        case "False": return .scalar("false")
        default:
            let digits = word.filter { $0 != "_" }
            guard Double(digits) != nil, let last = digits.last, last.isNumber || last == "." else { return nil }
            return .scalar(digits)
        }
    }

    /// Adjacent texts are one, as in Python.
    private mutating func readText(isInside: Bool = false) -> PythonLiteral? {
        var whole: [UInt8] = []
        var found = false
        while let piece = readOneText() {
            found = true
            whole += piece
            if isInside { skipInside() } else { skipBlank() }
        }
        guard found, let text = String(validating: whole, as: UTF8.self) else { return nil }
        return .scalar(text)
    }

    private mutating func readOneText() -> [UInt8]? {
        let start = (position, line)
        var isRaw = false
        if let byte = peek(),
            [UInt8(ascii: "r"), UInt8(ascii: "R"), UInt8(ascii: "u"), UInt8(ascii: "U")].contains(byte)
        {
            isRaw = byte | 32 == UInt8(ascii: "r")
            advance()
        }
        guard let mark = peek(), mark == quote || mark == apostrophe else {
            (position, line) = start
            return nil
        }
        let isTriple = at(1) == mark && at(2) == mark
        for _ in 0..<(isTriple ? 3 : 1) { advance() }
        var bytes: [UInt8] = []
        while let byte = peek() {
            if byte == mark, !isTriple || (at(1) == mark && at(2) == mark) {
                for _ in 0..<(isTriple ? 3 : 1) { advance() }
                return bytes
            }
            if byte == newline, !isTriple { break }
            if byte == backslash, !isRaw {
                guard let escaped = readEscape() else { break }
                bytes += escaped
            } else {
                bytes.append(byte)
                advance()
            }
        }
        (position, line) = start
        return nil
    }

    private mutating func readEscape() -> [UInt8]? {
        advance()
        guard let byte = peek() else { return nil }
        advance()
        switch byte {
        case newline: return []
        case backslash, quote, apostrophe: return [byte]
        case UInt8(ascii: "n"): return [newline]
        case UInt8(ascii: "t"): return [tab]
        case UInt8(ascii: "r"): return [13]
        // Unknown escapes stay as they are, as in Python; numeric ones are not read.
        case UInt8(ascii: "x"), UInt8(ascii: "u"), UInt8(ascii: "U"), UInt8(ascii: "N"), 48...55: return nil
        default: return [backslash, byte]
        }
    }

    private mutating func endsStatement() -> Bool {
        skipBlank()
        switch peek() {
        case nil: return true
        case hash:
            skipLine()
            return true
        case newline, semicolon:
            advance()
            return true
        default: return false
        }
    }

    private mutating func readName() -> String? {
        let start = position
        while let byte = peek(), isNameByte(byte) { advance() }
        guard position > start, !(48...57).contains(text[start]) else { return nil }
        return String(decoding: text[start..<position], as: UTF8.self)
    }

    private func isNameByte(_ byte: UInt8) -> Bool {
        (48...57).contains(byte) || (65...90).contains(byte) || (97...122).contains(byte) || byte == UInt8(ascii: "_")
    }

    private mutating func skipInside() {
        while let byte = peek() {
            if byte == hash { skipLine() } else if isBlank(byte) || byte == newline { advance() } else { return }
        }
    }

    private mutating func skipBlank() {
        while let byte = peek() {
            if isBlank(byte) {
                advance()
            } else if byte == backslash, at(1) == newline {
                advance()
                advance()
            } else {
                return
            }
        }
    }

    private mutating func skipLine() {
        while let byte = peek(), byte != newline { advance() }
        if peek() != nil { advance() }
    }

    private func isBlank(_ byte: UInt8) -> Bool { byte == space || byte == tab || byte == 13 || byte == 12 }
    private func peek() -> UInt8? { at(0) }
    private func at(_ offset: Int) -> UInt8? { position + offset < text.count ? text[position + offset] : nil }

    private mutating func advance() {
        if text[position] == newline { line += 1 }
        position += 1
    }
}

private let newline = UInt8(ascii: "\n"), space = UInt8(ascii: " "), tab = UInt8(ascii: "\t"), hash = UInt8(ascii: "#")
private let quote = UInt8(ascii: "\""), apostrophe = UInt8(ascii: "'"), backslash = UInt8(ascii: "\\")
private let equals = UInt8(ascii: "="), comma = UInt8(ascii: ","), semicolon = UInt8(ascii: ";")
private let openBracket = UInt8(ascii: "["), closeBracket = UInt8(ascii: "]")
private let openParenthesis = UInt8(ascii: "("), closeParenthesis = UInt8(ascii: ")")
