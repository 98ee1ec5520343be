/// A request's parameters by Flower's rules: query and form count alike, the last of a repeated one wins, values are
/// trimmed, unknown ones are ignored.
struct Parameters {
    private let pairs: [(name: String, value: String)]

    init(_ pairs: [(name: String, value: String)]) { self.pairs = pairs }

    func text(_ name: String) -> String? {
        guard let value = pairs.last(where: { $0.name == name })?.value else { return nil }
        return Self.trimmed(value)
    }

    /// All values of a parameter that may be repeated, without empty ones.
    func texts(_ name: String) -> [String] {
        pairs.filter { $0.name == name }.map { Self.trimmed($0.value) }.filter { !$0.isEmpty }
    }

    /// `text`, or nil when it is empty or `All`, which is how Flower spells "no filter".
    func filter(_ name: String) -> String? {
        guard let value = text(name), !value.isEmpty, value != "All" else { return nil }
        return value
    }

    func integer(_ name: String) throws(APIRefusal) -> Int? {
        guard let value = text(name) else { return nil }
        guard let number = PythonNumber.integer(value) else { throw .invalid(value, type: "int") }
        return number
    }

    func requiredInteger(_ name: String) throws(APIRefusal) -> Int {
        guard text(name)?.isEmpty == false, let number = try integer(name) else { throw .missing(name) }
        return number
    }

    func flag(_ name: String) throws(APIRefusal) -> Bool {
        guard let value = text(name) else { return false }
        switch value.lowercased() {
        case "y", "yes", "t", "true", "on", "1": return true
        case "n", "no", "f", "false", "off", "0": return false
        default: throw .invalid(value, type: "bool")
        }
    }

    /// `text`, which must be there and not empty.
    func requiredText(_ name: String) throws(APIRefusal) -> String {
        guard let value = text(name), !value.isEmpty else { throw .missing(name) }
        return value
    }

    /// A finite number as Python's `float()` reads it.
    func number(_ name: String) throws(APIRefusal) -> Double? {
        guard let value = text(name) else { return nil }
        guard let number = PythonNumber.float(value) else { throw .invalid(value, type: "float") }
        return number
    }

    private static func trimmed(_ value: String) -> String {
        func isBlank(_ scalar: Unicode.Scalar) -> Bool { scalar.properties.isWhitespace || scalar.value < 0x20 }
        let scalars = value.unicodeScalars
        guard let first = scalars.firstIndex(where: { !isBlank($0) }),
            let last = scalars.lastIndex(where: { !isBlank($0) })
        else { return "" }
        return String(scalars[first...last])
    }
}
