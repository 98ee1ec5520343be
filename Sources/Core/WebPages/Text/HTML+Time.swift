import PageKit

/// How the page's clock rewrites a time while somebody looks.
enum TimeTick: String {
    /// `34 s ago`
    case ago
    /// `for 34 s`
    case `for`
    /// `12.3 s`, what has passed since
    case elapsed
    /// `in 3 s`
    case until
}

extension HTML {
    /// A moment: `text` for who has no scripts, the exact time on hover.
    mutating func time(_ seconds: Double, tick: TimeTick? = nil, text: (UTCTime) -> String) {
        guard let time = UTCTime(seconds) else {
            element(.span, .class("odd"), .title("Not a time that a calendar has"), text: "\(seconds)")
            return
        }
        element(
            .time, .init(.datetime, time.iso), .title(time.full), tick.map { .data("tick", $0.rawValue) },
            text: text(time))
    }

    /// The clock time, with the date before it when that is not the day of `now`.
    mutating func clock(_ seconds: Double, now: Double, tick: TimeTick? = nil) {
        let today = UTCTime(now)?.day
        guard let time = UTCTime(seconds), time.day != today else {
            self.time(seconds, tick: tick) { $0.clock }
            return
        }
        self.time(seconds, tick: tick) { "\($0.day) \($0.clock.prefix(8))" }
    }
}
