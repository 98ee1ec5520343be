internal import CeleryProtocol

/// Numbers between two bounds: a runtime, an attempt number, or the time of the last change of state.
struct SearchRange: Sendable {
    enum Quantity: String, Sendable {
        case runtime, retries, since, until
    }

    enum Bound: Sendable {
        case number(Double)
        /// This many seconds before the moment of asking.
        case ago(Double)

        func value(at now: Double) -> Double {
            switch self {
            case .number(let number): number
            case .ago(let seconds): now - seconds
            }
        }
    }

    let quantity: Quantity
    var lower: Bound = .number(-.infinity)
    var upper: Bound = .number(.infinity)
    var excludesLower = false
    var excludesUpper = false

    /// Absent values (NaN) are in no range.
    @inline(__always)
    func contains(_ value: Double, at now: Double) -> Bool {
        let lower = lower.value(at: now)
        let upper = upper.value(at: now)
        return (excludesLower ? value > lower : value >= lower) && (excludesUpper ? value < upper : value <= upper)
    }
}

extension SearchRange {
    /// Reads what stands behind `runtime:`, `retries:`, `since:` or `until:`; nil when it cannot be read.
    init?(_ quantity: Quantity, _ text: String) {
        self.init(quantity: quantity)
        switch quantity {
        case .since:
            guard let bound = SearchRange.moment(text) else { return nil }
            lower = bound
        case .until:
            guard let bound = SearchRange.moment(text) else { return nil }
            upper = bound
        case .runtime, .retries:
            guard readBounds(text) else { return nil }
        }
    }

    /// What the words of an error say of the values that `quantity` takes.
    static func help(_ quantity: Quantity) -> String {
        switch quantity {
        case .runtime: "takes a duration such as >5s, <=200ms or 1s..2m"
        case .retries: "takes a number such as 3, >1 or 1..4"
        case .since, .until: "takes a duration such as 1h or a UTC time such as 2026-01-31T12:00"
        }
    }

    /// `>x >=x <x <=x =x x x..y`
    private mutating func readBounds(_ text: String) -> Bool {
        if let dots = text.firstRange(of: "..") {
            guard let low = number(text[..<dots.lowerBound]), let high = number(text[dots.upperBound...]), low <= high
            else { return false }
            lower = .number(low)
            upper = .number(high)
            return true
        }
        let sign = text.prefix { "<>=".contains($0) }
        guard ["", "=", ">", "<", ">=", "<="].contains(sign), let value = number(text.dropFirst(sign.count)) else {
            return false
        }
        if !sign.hasPrefix("<") { lower = .number(value) }
        if !sign.hasPrefix(">") { upper = .number(value) }
        excludesLower = sign == ">"
        excludesUpper = sign == "<"
        return true
    }

    private func number(_ text: Substring) -> Double? {
        quantity == .runtime ? SearchRange.duration(text) : SearchRange.decimal(text)
    }

    private static func decimal(_ text: Substring) -> Double? {
        guard !text.isEmpty, text.utf8.allSatisfy({ ($0 >= 0x30 && $0 <= 0x39) || $0 == 0x2E }) else { return nil }
        return Double(text)
    }

    /// Seconds: a number and `ms`, `s`, `m`, `h`, `d`, or none of them.
    private static func duration(_ text: Substring) -> Double? {
        for (unit, seconds) in [("ms", 0.001), ("s", 1.0), ("m", 60.0), ("h", 3600.0), ("d", 86_400.0)]
        where text.hasSuffix(unit) {
            return decimal(text.dropLast(unit.count)).map { $0 * seconds }
        }
        return decimal(text)
    }

    /// A duration before now, unix seconds of ten digits or more, or a UTC date with or without a time.
    private static func moment(_ text: String) -> Bound? {
        if let seconds = decimal(text[...]), seconds >= 1e9 { return .number(seconds) }
        if let seconds = duration(text[...]) { return .ago(seconds) }
        return date(text).map { .number($0) }
    }

    /// `2026-01-31`, `2026-01-31T12:00`, `2026-01-31T12:00:30`, with or without `Z`.
    private static func date(_ text: String) -> Double? {
        let text = text.hasSuffix("Z") ? text.dropLast() : text[...]
        let halves = text.split(separator: "T", omittingEmptySubsequences: false)
        guard halves.count <= 2 else { return nil }
        let days = halves[0].split(separator: "-", omittingEmptySubsequences: false).map { Int(decimal: $0) }
        guard days.count == 3, let year = days[0], let month = days[1], let day = days[2],
            (1970...9999).contains(year), (1...12).contains(month), (1...31).contains(day)
        else { return nil }
        var seconds = 0
        if halves.count == 2 {
            let parts = halves[1].split(separator: ":", omittingEmptySubsequences: false).map { Int(decimal: $0) }
            guard parts.count == 2 || parts.count == 3, let hour = parts[0], let minute = parts[1],
                let second = parts.count == 3 ? parts[2] : 0, hour < 24, minute < 60, second < 61
            else { return nil }
            seconds = hour * 3600 + minute * 60 + second
        }
        let date = CivilDate(year: Int64(year), month: Int64(month), day: Int64(day))
        return Double(date.daysSinceEpoch * 86_400 + Int64(seconds))
    }
}

extension Int {
    /// Digits only, at most four of them.
    fileprivate init?(decimal text: Substring) {
        guard (1...4).contains(text.utf8.count), text.utf8.allSatisfy({ $0 >= 0x30 && $0 <= 0x39 }) else { return nil }
        self.init(text)
    }
}
