/// Spreads commands so that never more than `rate` of them leave in a second, after a first burst of as many. Pure.
struct CommandRate {
    /// Seconds that a command may have to wait for its turn; who would wait longer is refused at once.
    static let patience = 2.0

    let rate: Double
    /// When a command could leave if there had been no burst.
    private var next = -Double.infinity

    init(rate: Double) { self.rate = rate }

    /// Seconds to wait before sending; nil when there are too many already.
    mutating func reserve(now: Double) -> Double? {
        let burst = max(1, rate) - 1
        let start = max(next, now - burst / rate)
        guard start - now <= Self.patience else { return nil }
        next = start + 1 / rate
        return max(0, start - now)
    }
}

/// Commands to workers since the start.
package struct CommandCounts: Sendable, Equatable {
    package var sent: UInt64 = 0
    /// Had to wait for their turn.
    package var delayed: UInt64 = 0
    /// Not sent because too many were waiting.
    package var refused: UInt64 = 0
    /// Replies that somebody waited for.
    package var replies: UInt64 = 0
    /// Replies that nobody waited for (any more).
    package var unmatchedReplies: UInt64 = 0

    package init() {}
}
