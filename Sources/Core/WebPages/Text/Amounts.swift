/// Numbers as people read them, each with its unit.
enum Amounts {
    /// `1,204,554`
    static func count(_ value: some BinaryInteger) -> String {
        let digits = String(value)
        var grouped = ""
        for (index, digit) in digits.enumerated() {
            let left = digits.count - index
            if index > 0, left % 3 == 0, grouped != "-" { grouped.append(",") }
            grouped.append(digit)
        }
        return grouped
    }

    /// `25.6 ms`, `3.01 s`, `1m 22s`, `1h 02m 03s`, `3d 04h`
    static func duration(_ seconds: Double) -> String {
        guard seconds.isFinite else { return "?" }
        if seconds < 0 { return "−\(duration(-seconds))" }
        if seconds < 0.9995 { return "\(decimal(seconds * 1000, places: seconds < 0.099_95 ? 1 : 0)) ms" }
        if seconds < 59.995 { return "\(decimal(seconds, places: seconds < 9.995 ? 2 : 1)) s" }
        guard seconds < 1e15 else { return "?" }
        let whole = Int64(seconds.rounded())
        let (minutes, hours, days) = (whole / 60 % 60, whole / 3600 % 24, whole / 86_400)
        if days > 0 { return "\(count(days))d \(padded(hours))h" }
        if hours > 0 { return "\(hours)h \(padded(minutes))m \(padded(whole % 60))s" }
        return "\(minutes)m \(padded(whole % 60))s"
    }

    /// `12.50`
    static func decimal(_ value: Double, places: Int) -> String {
        guard value.isFinite, abs(value) < 1e15 else { return "?" }
        var scale: Int64 = 1
        for _ in 0..<places { scale *= 10 }
        let scaled = Int64((abs(value) * Double(scale)).rounded())
        let sign = value < 0 && scaled > 0 ? "−" : ""
        guard places > 0 else { return sign + String(scaled) }
        let fraction = String(scaled % scale)
        return "\(sign)\(scaled / scale).\(String(repeating: "0", count: places - fraction.count))\(fraction)"
    }

    /// `1 task`, `12 tasks`
    static func counted(_ value: Int, _ singular: String, _ plural: String? = nil) -> String {
        "\(count(value)) \(value == 1 ? singular : plural ?? singular + "s")"
    }

    private static func padded(_ value: Int64) -> String { value < 10 ? "0\(value)" : String(value) }
}
