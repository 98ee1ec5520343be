import Glibc

/// The `received_start` and `received_end` parameters: `YYYY-MM-DD HH:MM` in the server's local time.
enum ReceivedTime {
    static let refusal = "Invalid received_start or received_end, expected format 'YYYY-MM-DD HH:MM'"

    /// Unix seconds of `text`, or nil when it is not such a time.
    static func parse(_ text: String) -> Double? {
        let halves = text.utf8.split(separator: UInt8(ascii: " "))
        guard halves.count == 2 else { return nil }
        let date = halves[0].split(separator: UInt8(ascii: "-"), omittingEmptySubsequences: false)
        let clock = halves[1].split(separator: UInt8(ascii: ":"), omittingEmptySubsequences: false)
        guard date.count == 3, clock.count == 2,
            let year = number(date[0], digits: 4...4, in: 1...9999), let month = number(date[1], in: 1...12),
            let day = number(date[2], in: 1...daysIn(month: month, of: year)),
            let hour = number(clock[0], in: 0...23), let minute = number(clock[1], in: 0...59)
        else { return nil }
        var broken = tm()
        broken.tm_year = Int32(year - 1900)
        broken.tm_mon = Int32(month - 1)
        broken.tm_mday = Int32(day)
        broken.tm_hour = Int32(hour)
        broken.tm_min = Int32(minute)
        broken.tm_isdst = -1
        return Double(mktime(&broken))
    }

    private static func number(
        _ text: some Collection<UInt8>, digits: ClosedRange<Int> = 1...2, in range: ClosedRange<Int>
    ) -> Int? {
        guard digits.contains(text.count) else { return nil }
        var number = 0
        for byte in text {
            guard (UInt8(ascii: "0")...UInt8(ascii: "9")).contains(byte) else { return nil }
            number = number * 10 + Int(byte - UInt8(ascii: "0"))
        }
        return range.contains(number) ? number : nil
    }

    private static func daysIn(month: Int, of year: Int) -> Int {
        switch month {
        case 2: year % 4 == 0 && (year % 100 != 0 || year % 400 == 0) ? 29 : 28
        case 4, 6, 9, 11: 30
        default: 31
        }
    }
}
