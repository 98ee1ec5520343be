internal import CeleryProtocol

/// Points in time as Celery writes them in messages: ISO 8601 with an offset.
package enum CeleryTime {
    /// The years 1 to 9999, which Python's `datetime` can hold.
    static let representable = -62_135_596_800.0...253_402_300_799.0

    /// `2026-11-22T10:46:59.646678+00:00`; nil when Python could not hold it.
    package static func text(_ time: Double) -> String? {
        guard representable.contains(time) else { return nil }
        var seconds = Int64(time.rounded(.down))
        var micros = Int64(((time - Double(seconds)) * 1e6).rounded())
        if micros == 1_000_000 {
            seconds += 1
            micros = 0
        }
        let days = (seconds - (seconds % 86_400 + 86_400) % 86_400) / 86_400
        let inDay = seconds - days * 86_400
        let date = CivilDate(daysSinceEpoch: days)
        let clock = [inDay / 3600, inDay / 60 % 60, inDay % 60].map { padded($0, to: 2) }.joined(separator: ":")
        let fraction = micros == 0 ? "" : "." + padded(micros, to: 6)
        return
            "\(padded(date.year, to: 4))-\(padded(date.month, to: 2))-\(padded(date.day, to: 2))T\(clock)\(fraction)+00:00"
    }

    /// Unix seconds of an ISO 8601 text: a date, or a date and a time separated by `T` or space, with a fraction of any
    /// length, `Z` or an offset; without an offset it is UTC. nil for anything else.
    package static func parse(_ text: String) -> Double? {
        var scanner = Scanner(text.utf8[...])
        guard let year = scanner.number(4), scanner.take("-"), let month = scanner.number(2), scanner.take("-"),
            let day = scanner.number(2), (1...9999).contains(year), (1...12).contains(month),
            (1...daysInMonth(month, of: year)).contains(day)
        else { return nil }
        var time = Double(CivilDate(year: year, month: month, day: day).daysSinceEpoch * 86_400)
        if scanner.isAtEnd { return time }
        guard scanner.take("T") || scanner.take(" "), let hour = scanner.number(2), scanner.take(":"),
            let minute = scanner.number(2), hour < 24, minute < 60
        else { return nil }
        time += Double(hour * 3600 + minute * 60)
        if scanner.take(":") {
            guard let second = scanner.number(2), second < 60 else { return nil }
            time += Double(second)
            if scanner.take(".") || scanner.take(",") {
                guard let fraction = scanner.fraction() else { return nil }
                time += fraction
            }
        }
        if scanner.isAtEnd || scanner.take("Z") || scanner.take("z") { return scanner.isAtEnd ? time : nil }
        let isEast = scanner.take("+")
        guard isEast || scanner.take("-"), let hours = scanner.number(2), hours < 24 else { return nil }
        var minutes: Int64 = 0
        if !scanner.isAtEnd {
            _ = scanner.take(":")
            guard let read = scanner.number(2), read < 60 else { return nil }
            minutes = read
        }
        let offset = Double(hours * 3600 + minutes * 60)
        return scanner.isAtEnd ? time - (isEast ? offset : -offset) : nil
    }

    private struct Scanner {
        private var rest: Substring.UTF8View

        init(_ rest: Substring.UTF8View) { self.rest = rest }

        var isAtEnd: Bool { rest.isEmpty }

        mutating func take(_ mark: Unicode.Scalar) -> Bool {
            guard rest.first == UInt8(ascii: mark) else { return false }
            rest.removeFirst()
            return true
        }

        mutating func number(_ digits: Int) -> Int64? {
            let head = rest.prefix(digits)
            guard head.count == digits, head.allSatisfy({ (UInt8(ascii: "0")...UInt8(ascii: "9")).contains($0) }) else {
                return nil
            }
            rest = rest.dropFirst(digits)
            return head.reduce(0) { $0 * 10 + Int64($1 - UInt8(ascii: "0")) }
        }

        mutating func fraction() -> Double? {
            let digits = rest.prefix { (UInt8(ascii: "0")...UInt8(ascii: "9")).contains($0) }
            guard !digits.isEmpty else { return nil }
            rest = rest.dropFirst(digits.count)
            return Double("0." + String(Substring(digits)))
        }
    }

    private static func padded(_ number: Int64, to width: Int) -> String {
        let digits = String(number)
        return String(repeating: "0", count: max(0, width - digits.count)) + digits
    }

    private static func daysInMonth(_ month: Int64, of year: Int64) -> Int64 {
        if month == 2 { return year % 4 == 0 && (year % 100 != 0 || year % 400 == 0) ? 29 : 28 }
        return [4, 6, 9, 11].contains(month) ? 30 : 31
    }
}
