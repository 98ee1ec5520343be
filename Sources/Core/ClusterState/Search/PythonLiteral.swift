internal import CeleryProtocol

/// A Python literal as `repr` writes it: what the kwargs of a task event look like.
indirect enum PythonLiteral {
    case none
    case bool(Bool)
    /// An integer of any size, as its digits.
    case integer(String)
    case float(Double)
    case string(String)
    case bytes([UInt8])
    case list([PythonLiteral])
    case tuple([PythonLiteral])
    case set([PythonLiteral])
    case dictionary([(key: PythonLiteral, value: PythonLiteral)])

    /// nil when `text` is not a literal, which cut and hand-made reprs are not.
    static func parse(_ text: String) -> PythonLiteral? {
        var parser = PythonLiteralParser(Array(text.unicodeScalars))
        return parser.parse()
    }

    /// `str(value)`; None is empty, as Flower's search has it.
    var text: String {
        switch self {
        case .none: ""
        case .string(let text): text
        case .bytes(let bytes): String(decoding: bytes, as: UTF8.self)
        default: representation
        }
    }

    /// `repr(value)`.
    private var representation: String {
        switch self {
        case .none: "None"
        case .bool(let value): value ? "True" : "False"
        case .integer(let digits): digits
        case .float(let value):
            value.isNaN
                ? "nan" : value.isInfinite ? (value < 0 ? "-inf" : "inf") : PythonFloat.representation(of: value)
        case .string(let text): PythonLiteral.quoted(text)
        case .bytes(let bytes): "b" + PythonLiteral.quoted(String(bytes.map { Character(Unicode.Scalar($0)) }))
        case .list(let items): "[" + PythonLiteral.joined(items) + "]"
        case .tuple(let items): "(" + PythonLiteral.joined(items) + (items.count == 1 ? ",)" : ")")
        case .set(let items): items.isEmpty ? "set()" : "{" + PythonLiteral.joined(items) + "}"
        case .dictionary(let members):
            "{" + members.map { "\($0.key.representation): \($0.value.representation)" }.joined(separator: ", ") + "}"
        }
    }

    private static func joined(_ items: [PythonLiteral]) -> String {
        items.map(\.representation).joined(separator: ", ")
    }

    private static func quoted(_ text: String) -> String {
        let quote: Unicode.Scalar = text.contains("'") && !text.contains("\"") ? "\"" : "'"
        var quoted = String.UnicodeScalarView([quote])
        for scalar in text.unicodeScalars {
            switch scalar {
            case "\\": quoted.append(contentsOf: "\\\\".unicodeScalars)
            case "\n": quoted.append(contentsOf: "\\n".unicodeScalars)
            case "\r": quoted.append(contentsOf: "\\r".unicodeScalars)
            case "\t": quoted.append(contentsOf: "\\t".unicodeScalars)
            case quote:
                quoted.append("\\")
                quoted.append(scalar)
            default:
                if scalar.value < 0x20 || scalar.value == 0x7F {
                    let digits = String(scalar.value, radix: 16)
                    quoted.append(contentsOf: ("\\x" + (digits.count < 2 ? "0" : "") + digits).unicodeScalars)
                } else {
                    quoted.append(scalar)
                }
            }
        }
        quoted.append(quote)
        return String(quoted)
    }
}
