import Glibc

/// The time of a log record: UTC with milliseconds (RFC 3339).
enum LogTime {
    static func now() -> String {
        var time = timespec()
        clock_gettime(CLOCK_REALTIME, &time)
        return text(Int(time.tv_sec), milliseconds: time.tv_nsec / 1_000_000)
    }

    /// Of unix seconds.
    static func text(_ seconds: Double) -> String {
        let whole = seconds.isFinite ? min(max(seconds, -6e10), 2e11).rounded(.down) : 0
        let milliseconds = seconds.isFinite ? Int((seconds - whole) * 1000) : 0
        return text(Int(whole), milliseconds: min(max(milliseconds, 0), 999))
    }

    private static func text(_ seconds: Int, milliseconds: Int) -> String {
        var parts = tm()
        var seconds = time_t(seconds)
        gmtime_r(&seconds, &parts)
        let year = pad(Int(parts.tm_year) + 1900, 4), month = pad(Int(parts.tm_mon) + 1, 2),
            day = pad(Int(parts.tm_mday), 2)
        let hour = pad(Int(parts.tm_hour), 2), minute = pad(Int(parts.tm_min), 2), second = pad(Int(parts.tm_sec), 2)
        return "\(year)-\(month)-\(day)T\(hour):\(minute):\(second).\(pad(milliseconds, 3))Z"
    }

    private static func pad(_ number: Int, _ width: Int) -> String {
        let digits = String(number)
        return String(repeating: "0", count: max(0, width - digits.count)) + digits
    }
}
