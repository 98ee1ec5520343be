/// Numbers as Prometheus clients write them: `16.0`, `6.5507328e+07`, `0.14202029000000493`, `+Inf`, `NaN`.
package enum MetricsNumber {
    package static func text(_ value: Double) -> String {
        if value.isNaN { return "NaN" }
        if value.isInfinite { return value > 0 ? "+Inf" : "-Inf" }
        let shortest = value.description
        // Positive values from a million on are written with an exponent, as Go and Flower write them.
        guard value >= 1_000_000, !shortest.utf8.contains(UInt8(ascii: "e")) else { return shortest }
        var digits = shortest.utf8.filter { $0 != UInt8(ascii: ".") }
        let exponent = shortest.utf8.prefix { $0 != UInt8(ascii: ".") }.count - 1
        while digits.count > 1, digits.last == UInt8(ascii: "0") { digits.removeLast() }
        if digits.count > 1 { digits.insert(UInt8(ascii: "."), at: 1) }
        return String(decoding: digits, as: UTF8.self) + (exponent < 10 ? "e+0\(exponent)" : "e+\(exponent)")
    }
}
