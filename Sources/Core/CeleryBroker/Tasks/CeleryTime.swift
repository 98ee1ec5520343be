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
        let date = civil(days)
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
        var time = Double(days(year: year, month: month, day: day) * 86_400)
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

    /// Days from 1970-01-01 (Howard Hinnant, `days_from_civil`).
    private static func days(year: Int64, month: Int64, day: Int64) -> Int64 {
        let year = month <= 2 ? year - 1 : year
        let era = (year >= 0 ? year : year - 399) / 400
        let yearOfEra = year - era * 400
        let dayOfYear = (153 * (month + (month > 2 ? -3 : 9)) + 2) / 5 + day - 1
        return era * 146_097 + yearOfEra * 365 + yearOfEra / 4 - yearOfEra / 100 + dayOfYear - 719_468
    }

    /// The inverse of `days` (Howard Hinnant, `civil_from_days`).
    private static func civil(_ days: Int64) -> (year: Int64, month: Int64, day: Int64) {
        let shifted = days + 719_468
        let era = (shifted >= 0 ? shifted : shifted - 146_096) / 146_097
        let dayOfEra = shifted - era * 146_097
        let yearOfEra = (dayOfEra - dayOfEra / 1460 + dayOfEra / 36_524 - dayOfEra / 146_096) / 365
        let dayOfYear = dayOfEra - (365 * yearOfEra + yearOfEra / 4 - yearOfEra / 100)
        let shiftedMonth = (5 * dayOfYear + 2) / 153
        let month = shiftedMonth + (shiftedMonth < 10 ? 3 : -9)
        return (yearOfEra + era * 400 + (month <= 2 ? 1 : 0), month, dayOfYear - (153 * shiftedMonth + 2) / 5 + 1)
    }
}
