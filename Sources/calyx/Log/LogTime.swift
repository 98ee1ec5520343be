import Glibc

/// The time of a log record: UTC with milliseconds (RFC 3339).
enum LogTime {
    static func now() -> String {
        var time = timespec()
        clock_gettime(CLOCK_REALTIME, &time)
        var parts = tm()
        var seconds = time.tv_sec
        gmtime_r(&seconds, &parts)
        let year = pad(Int(parts.tm_year) + 1900, 4), month = pad(Int(parts.tm_mon) + 1, 2),
            day = pad(Int(parts.tm_mday), 2)
        let hour = pad(Int(parts.tm_hour), 2), minute = pad(Int(parts.tm_min), 2), second = pad(Int(parts.tm_sec), 2)
        return "\(year)-\(month)-\(day)T\(hour):\(minute):\(second).\(pad(time.tv_nsec / 1_000_000, 3))Z"
    }

    private static func pad(_ number: Int, _ width: Int) -> String {
        let digits = String(number)
        return String(repeating: "0", count: max(0, width - digits.count)) + digits
    }
}
