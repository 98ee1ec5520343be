/// A moment in UTC as text. Times come from events, so any number has to be survived.
struct UTCTime: Sendable, Equatable {
    private let date: String
    private let clockText: String

    /// nil outside the years 1 to 9999.
    init?(_ seconds: Double) {
        guard seconds.isFinite, seconds > -62_135_596_800, seconds < 253_402_300_799 else { return nil }
        let milliseconds = Int64((seconds * 1000).rounded(.down))
        let days = Self.floorDivide(milliseconds, 86_400_000)
        let ofDay = milliseconds - days * 86_400_000
        let (year, month, day) = Self.civil(days)
        date = "\(Self.padded(year, 4))-\(Self.padded(month, 2))-\(Self.padded(day, 2))"
        let hours = Self.padded(ofDay / 3_600_000, 2)
        let minutes = Self.padded(ofDay / 60_000 % 60, 2)
        clockText = "\(hours):\(minutes):\(Self.padded(ofDay / 1000 % 60, 2)).\(Self.padded(ofDay % 1000, 3))"
    }

    /// `2026-11-22T10:47:36.758Z`
    var iso: String { "\(date)T\(clockText)Z" }
    /// `2026-11-22 10:47:36.758 UTC`
    var full: String { "\(date) \(clockText) UTC" }
    /// `2026-11-22`
    var day: String { date }
    /// `10:47:36.758`
    var clock: String { clockText }
    /// `10:47:36 UTC`
    var second: String { "\(clockText.prefix(8)) UTC" }

    private static func floorDivide(_ value: Int64, _ divisor: Int64) -> Int64 {
        value >= 0 ? value / divisor : -((-value + divisor - 1) / divisor)
    }

    /// Days since 1970-01-01 to a date of the proleptic Gregorian calendar (Howard Hinnant, `civil_from_days`).
    private static func civil(_ days: Int64) -> (year: Int64, month: Int64, day: Int64) {
        let shifted = days + 719_468
        let era = floorDivide(shifted, 146_097)
        let dayOfEra = shifted - era * 146_097
        let yearOfEra = (dayOfEra - dayOfEra / 1460 + dayOfEra / 36_524 - dayOfEra / 146_096) / 365
        let dayOfYear = dayOfEra - (365 * yearOfEra + yearOfEra / 4 - yearOfEra / 100)
        let monthFromMarch = (5 * dayOfYear + 2) / 153
        let month = monthFromMarch < 10 ? monthFromMarch + 3 : monthFromMarch - 9
        let year = yearOfEra + era * 400 + (month <= 2 ? 1 : 0)
        return (year, month, dayOfYear - (153 * monthFromMarch + 2) / 5 + 1)
    }

    private static func padded(_ value: Int64, _ width: Int) -> String {
        let digits = String(value)
        return String(repeating: "0", count: max(0, width - digits.count)) + digits
    }
}
