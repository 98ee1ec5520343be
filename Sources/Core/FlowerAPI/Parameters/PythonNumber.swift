/// Numbers in parameters, as Python reads them.
enum PythonNumber {
    /// `int()`: a sign, digits, single underscores between digits. What does not fit is clamped.
    static func integer(_ text: String) -> Int? {
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

    /// `float()`, without `nan` and `inf`, which no time and no limit can be.
    static func float(_ text: String) -> Double? {
        var digits = ""
        var previousIsDigit = false
        for character in text.unicodeScalars {
            switch character {
            case "0"..."9": previousIsDigit = true
            case "_" where previousIsDigit:
                previousIsDigit = false
                continue
            case "+", "-", ".", "e", "E": previousIsDigit = false
            default: return nil
            }
            digits.unicodeScalars.append(character)
        }
        guard text.unicodeScalars.last != "_", let number = Double(digits), number.isFinite else { return nil }
        return number
    }
}
