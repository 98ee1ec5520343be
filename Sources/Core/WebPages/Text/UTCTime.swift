import CeleryProtocol

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
        let day = CivilDate(daysSinceEpoch: days)
        date = "\(Self.padded(day.year, 4))-\(Self.padded(day.month, 2))-\(Self.padded(day.day, 2))"
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

    private static func padded(_ value: Int64, _ width: Int) -> String {
        let digits = String(value)
        return String(repeating: "0", count: max(0, width - digits.count)) + digits
    }
}
