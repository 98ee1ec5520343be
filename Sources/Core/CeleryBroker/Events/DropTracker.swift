internal import CeleryProtocol

/// Makes gaps of messages that were dropped because too many waited: one for each episode, and one for each second of a
/// long one. Pure; what its methods return is to be recorded.
struct DropTracker {
    /// Seconds without a drop after which an episode is over: at the bound, taking and dropping alternate.
    private static let calm = 0.25

    private var open: EventGap?

    mutating func dropped(_ messages: Int, at time: Double) -> EventGap? {
        var gap = open ?? EventGap(start: time, reason: .dropped)
        gap.end = max(time, gap.start)
        gap.messages += messages
        let isLong = time - gap.start >= 1
        open = isLong ? nil : gap
        return isLong ? gap : nil
    }

    /// Messages are taken.
    mutating func taken(at time: Double) -> EventGap? {
        guard let gap = open, let end = gap.end, time - end >= Self.calm || time < end else { return nil }
        open = nil
        return gap
    }
}
