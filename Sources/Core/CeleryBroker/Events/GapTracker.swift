internal import CeleryProtocol

/// Opens and closes gaps in the stream of events. Pure; what its methods return is to be recorded.
struct GapTracker {
    private(set) var open: EventGap?

    /// Events may be missing since `start`. An open gap stays as it is.
    mutating func lost(since start: Double, reason: EventGap.Reason) -> EventGap? {
        guard open == nil else { return nil }
        let gap = EventGap(start: start, reason: reason)
        open = gap
        return gap
    }

    /// The subscription stands again. Silence ends only with an event.
    mutating func subscribed(at time: Double) -> EventGap? {
        open?.reason == .silence ? nil : close(at: time)
    }

    /// An event came.
    mutating func heard(at time: Double) -> EventGap? {
        open == nil ? nil : close(at: time)
    }

    private mutating func close(at time: Double) -> EventGap? {
        guard var gap = open.take() else { return nil }
        gap.end = max(time, gap.start)
        return gap
    }
}
