internal import CeleryProtocol

/// Makes gaps of messages that were dropped because too many waited: one for each episode, and one for each second of a
/// long one. Pure; what its methods return is to be recorded.
struct DropTracker {
    private var open: EventGap?

    mutating func dropped(_ messages: Int, at time: Double) -> EventGap? {
        var gap = open ?? EventGap(start: time, reason: .dropped)
        gap.end = max(time, gap.start)
        gap.messages += messages
        let isLong = time - gap.start >= 1
        open = isLong ? nil : gap
        return isLong ? gap : nil
    }

    /// Messages are taken again.
    mutating func ended() -> EventGap? { open.take() }
}
