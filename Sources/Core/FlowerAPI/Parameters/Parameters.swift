/// A request's parameters by Flower's rules: query and form count alike, the last of a repeated one wins, values are
/// trimmed, unknown ones are ignored.
struct Parameters {
    private let pairs: [(name: String, value: String)]

    init(_ pairs: [(name: String, value: String)]) { self.pairs = pairs }

    func text(_ name: String) -> String? {
        guard let value = pairs.last(where: { $0.name == name })?.value else { return nil }
        return Self.trimmed(value)
    }

    /// `text`, or nil when it is empty or `All`, which is how Flower spells "no filter".
    func filter(_ name: String) -> String? {
        guard let value = text(name), !value.isEmpty, value != "All" else { return nil }
        return value
    }

    func integer(_ name: String) throws(ParameterError) -> Int? {
        guard let value = text(name) else { return nil }
        guard let number = Self.pythonInteger(value) else { throw .invalid(value: value, type: "int") }
        return number
    }

    func requiredInteger(_ name: String) throws(ParameterError) -> Int {
        guard let number = try integer(name) else { throw .missing(name) }
        return number
    }

    func flag(_ name: String) throws(ParameterError) -> Bool {
        guard let value = text(name) else { return false }
        switch value.lowercased() {
        case "y", "yes", "t", "true", "on", "1": return true
        case "n", "no", "f", "false", "off", "0": return false
        default: throw .invalid(value: value, type: "bool")
        }
    }

    private static func trimmed(_ value: String) -> String {
        func isBlank(_ scalar: Unicode.Scalar) -> Bool { scalar.properties.isWhitespace || scalar.value < 0x20 }
        let scalars = value.unicodeScalars
        guard let first = scalars.firstIndex(where: { !isBlank($0) }),
            let last = scalars.lastIndex(where: { !isBlank($0) })
        else { return "" }
        return String(scalars[first...last])
    }

    /// Python's `int()`: a sign, digits, single underscores between digits. What does not fit is clamped.
    private static func pythonInteger(_ text: String) -> Int? {
        var rest = text.utf8[...]
        let isNegative = rest.first == UInt8(ascii: "-")
        if isNegative || rest.first == UInt8(ascii: "+") { rest = rest.dropFirst() }
        var magnitude = 0
        var previousIsDigit = false
        for byte in rest {
            switch byte {
            case UInt8(ascii: "0")...UInt8(ascii: "9"):
                let (tens, overflow) = magnitude.multipliedReportingOverflow(by: 10)
                let (sum, carry) = tens.addingReportingOverflow(Int(byte - UInt8(ascii: "0")))
                magnitude = overflow || carry ? Int.max : sum
                previousIsDigit = true
            case UInt8(ascii: "_") where previousIsDigit:
                previousIsDigit = false
            default:
                return nil
            }
        }
        guard previousIsDigit else { return nil }
        return isNegative ? -magnitude : magnitude
    }
}

/// A parameter that cannot be used; the message is what Flower answers with status 400.
enum ParameterError: Error, Equatable {
    case missing(String)
    case invalid(value: String, type: String)
    /// A whole sentence.
    case refused(String)

    var message: String {
        switch self {
        case .missing(let name): "Missing argument \(name)"
        case .invalid(let value, let type): "Invalid argument '\(value)' of type '\(type)'"
        case .refused(let sentence): sentence
        }
    }

    var response: APIResponse { .message(400, message) }
}
