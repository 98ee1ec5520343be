import Foundation

/// Moments as people write them.
package enum AuditTime {
    /// A day, a time of RFC 3339, unix seconds, or a span before `now` such as `30m`, `24h` or `7d`. Unix seconds.
    package static func read(_ text: String, now: Double) -> Double? {
        let units: [Character: Double] = ["s": 1, "m": 60, "h": 3600, "d": 86400, "w": 604_800]
        if let unit = text.last.flatMap({ units[$0] }), let count = Double(text.dropLast()), count >= 0 {
            return now - count * unit
        }
        if let seconds = Double(text) { return seconds.isFinite && abs(seconds) < 1e11 ? seconds : nil }
        let full =
            text.count == 10 ? text + "T00:00:00Z" : text.hasSuffix("Z") || text.contains("+") ? text : text + "Z"
        let time = full.count == 17 ? String(full.dropLast()) + ":00Z" : full
        return (try? Date(time.replacing(" ", with: "T"), strategy: .iso8601))?.timeIntervalSince1970
    }
}
