package import CeleryProtocol

/// JSON values as Python's `repr` writes them.
package enum PythonLiteral {
    package static func text(_ value: JSONValue) -> String {
        switch value {
        case .null: "None"
        case .bool(let value): value ? "True" : "False"
        case .int(let value): String(value)
        case .bigInteger(let digits): digits
        case .double(let value): float(value)
        case .string(let value): quoted(value)
        case .array(let elements): "[\(elements.map(text).joined(separator: ", "))]"
        case .object(let members): dictionary(members)
        }
    }

    /// A tuple, with the comma that one element needs.
    package static func tuple(_ elements: [JSONValue]) -> String {
        "(\(elements.map(text).joined(separator: ", "))\(elements.count == 1 ? "," : ""))"
    }

    package static func dictionary(_ members: [(key: String, value: JSONValue)]) -> String {
        "{\(members.map { "\(quoted($0.key)): \(text($0.value))" }.joined(separator: ", "))}"
    }

    private static func float(_ value: Double) -> String {
        if value.isNaN { return "nan" }
        if value.isInfinite { return value < 0 ? "-inf" : "inf" }
        return PythonFloat.representation(of: value)
    }

    /// In single quotes, or in double ones when only single ones are inside.
    private static func quoted(_ text: String) -> String {
        let quote: Unicode.Scalar = text.contains("'") && !text.contains("\"") ? "\"" : "'"
        var result = String(quote)
        for scalar in text.unicodeScalars {
            switch scalar {
            case "\\": result += "\\\\"
            case quote: result += "\\\(quote)"
            case "\n": result += "\\n"
            case "\r": result += "\\r"
            case "\t": result += "\\t"
            case _ where isPrintable(scalar): result.unicodeScalars.append(scalar)
            case _ where scalar.value < 0x100: result += "\\x" + hexadecimal(scalar, digits: 2)
            case _ where scalar.value < 0x1_0000: result += "\\u" + hexadecimal(scalar, digits: 4)
            default: result += "\\U" + hexadecimal(scalar, digits: 8)
            }
        }
        result.unicodeScalars.append(quote)
        return result
    }

    /// `str.isprintable`: neither control, format, surrogate, private nor unassigned, and no space but the usual one.
    private static func isPrintable(_ scalar: Unicode.Scalar) -> Bool {
        if scalar.isASCII { return (0x20...0x7e).contains(scalar.value) }
        return switch scalar.properties.generalCategory {
        case .control, .format, .surrogate, .privateUse, .unassigned, .lineSeparator, .paragraphSeparator,
            .spaceSeparator:
            false
        default: true
        }
    }

    private static func hexadecimal(_ scalar: Unicode.Scalar, digits: Int) -> String {
        let text = String(scalar.value, radix: 16)
        return String(repeating: "0", count: max(0, digits - text.count)) + text
    }
}
