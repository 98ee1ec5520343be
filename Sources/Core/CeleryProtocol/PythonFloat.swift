/// Doubles as Python's `repr` and `json` write them.
package enum PythonFloat {
    /// The shortest digits that read back the same: `1.0`, `0.0001`, `1e-05`, `123456789012345.6`, `1e+16`; `null` for
    /// what is not finite.
    package static func representation(of value: Double) -> String {
        guard value.isFinite else { return "null" }
        if value == 0 { return value.sign == .minus ? "-0.0" : "0.0" }
        let (digits, point) = shortestDigits(of: value.magnitude)
        let sign = value < 0 ? "-" : ""
        let exponent = point - 1
        if exponent < -4 || exponent >= 16 {
            let fraction = digits.dropFirst()
            let mantissa = String(digits.prefix(1)) + (fraction.isEmpty ? "" : "." + fraction)
            let magnitude = abs(exponent)
            return "\(sign)\(mantissa)e\(exponent < 0 ? "-" : "+")\(magnitude < 10 ? "0" : "")\(magnitude)"
        }
        if point <= 0 { return sign + "0." + String(repeating: "0", count: -point) + digits }
        if digits.count <= point { return sign + digits + String(repeating: "0", count: point - digits.count) + ".0" }
        return sign + digits.prefix(point) + "." + digits.dropFirst(point)
    }

    /// Significant digits and the place of the decimal point among them: 12.5 is ("125", 2), 0.05 is ("5", -1).
    ///
    /// Swift's description has the same shortest digits and differs only in when it uses an exponent.
    private static func shortestDigits(of value: Double) -> (digits: String, point: Int) {
        let text = value.description
        let mantissa = text.prefix { $0 != "e" }
        let exponent = Int(text.dropFirst(mantissa.count + 1)) ?? 0
        let whole = mantissa.prefix { $0 != "." }
        let digits = whole + mantissa.dropFirst(whole.count + 1)
        let leadingZeros = digits.prefix { $0 == "0" }.count
        var significant = digits.dropFirst(leadingZeros)
        while significant.last == "0" { significant.removeLast() }
        return (String(significant), whole.count - leadingZeros + exponent)
    }
}
