/// When to try again after a connection failed: at once after a connection that worked, then with growing pauses.
///
/// Pure: the caller gives the randomness.
package struct ReconnectPolicy: Sendable, Equatable {
    /// Seconds.
    package var first: Double
    package var cap: Double
    /// A connection that stood at least this many seconds starts the pauses anew.
    package var stableAfter: Double
    private var failures = 0

    package init(first: Double = 0.1, cap: Double = 1, stableAfter: Double = 10) {
        self.first = first
        self.cap = cap
        self.stableAfter = stableAfter
    }

    /// Seconds until the next attempt, never more than `cap`. `stood` is how long the connection that ended had stood,
    /// nil when none was made; `random` is in 0..<1 and spreads many clients over half of the pause.
    package mutating func pause(afterStanding stood: Double?, random: Double) -> Double {
        if let stood, stood >= stableAfter { failures = 0 }
        var pause = first
        for _ in 0..<failures where pause < cap { pause *= 2 }
        failures = min(failures + 1, 64)
        return min(pause, cap) * (0.5 + random / 2)
    }
}
