/// Floats as Python's `repr` prints them: the shortest digits that read back as the same number, `.0` when whole, an
/// exponent below 1e-04 and from 1e+16 on.
package enum PythonFloat {
    /// `repr` of a finite number; `null` for what is not, since it is for JSON.
    package static func representation(of value: Double) -> String {
        var bytes: [UInt8] = []
        append(value, to: &bytes)
        return String(decoding: bytes, as: UTF8.self)
    }

    package static func append(_ value: Double, to bytes: inout [UInt8]) {
        guard value.isFinite else {
            bytes.append(contentsOf: "null".utf8)
            return
        }
        if appendMicroseconds(value, to: &bytes) { return }
        let magnitude = value.magnitude
        // From 2^53 on Swift and Python use an exponent differently.
        if magnitude >= 9_007_199_254_740_992, magnitude < 1e17 {
            appendLarge(value, to: &bytes)
        } else {
            bytes.append(contentsOf: value.description.utf8)
        }
    }

    /// Times and other numbers with at most six decimals, without the general algorithm. Below 2^32 two neighbouring
    /// multiples of 10^-6 are never the same double, so the digits found here are the shortest.
    private static func appendMicroseconds(_ value: Double, to bytes: inout [UInt8]) -> Bool {
        guard value >= 0.001, value < 4_294_967_296 else { return false }
        let scaled = (value * 1_000_000).rounded()
        guard scaled / 1_000_000 == value else { return false }
        let (whole, decimals) = UInt64(scaled).quotientAndRemainder(dividingBy: 1_000_000)
        appendDigits(whole, to: &bytes)
        bytes.append(UInt8(ascii: "."))
        var rest = decimals
        var place: UInt64 = 100_000
        repeat {
            bytes.append(UInt8(ascii: "0") + UInt8(truncatingIfNeeded: rest / place))
            rest %= place
            place /= 10
        } while rest > 0
        return true
    }

    private static func appendDigits(_ value: UInt64, to bytes: inout [UInt8]) {
        var place: UInt64 = 1
        while value / place >= 10 { place *= 10 }
        var rest = value
        while place > 0 {
            bytes.append(UInt8(ascii: "0") + UInt8(truncatingIfNeeded: rest / place))
            rest %= place
            place /= 10
        }
    }

    /// A whole number of 16 or 17 digits.
    private static func appendLarge(_ value: Double, to bytes: inout [UInt8]) {
        if value < 0 { bytes.append(UInt8(ascii: "-")) }
        var digits = value.magnitude.description.utf8.prefix { $0 != UInt8(ascii: "e") }
            .filter { $0 != UInt8(ascii: ".") }
        while digits.count > 1, digits.last == UInt8(ascii: "0") { digits.removeLast() }
        if value.magnitude < 1e16 {
            bytes.append(contentsOf: digits)
            bytes.append(contentsOf: repeatElement(UInt8(ascii: "0"), count: 16 - digits.count))
            bytes.append(contentsOf: ".0".utf8)
        } else {
            if digits.count > 1 { digits.insert(UInt8(ascii: "."), at: 1) }
            bytes.append(contentsOf: digits)
            bytes.append(contentsOf: "e+16".utf8)
        }
    }
}
