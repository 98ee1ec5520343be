/// How many entries strangers may cause: so many at once, then one a second. Without it a flood of refused sign-ins would
/// push everything else out of the record before its time. Pure.
struct StrangerBudget: Sendable {
    private static let burst = 600.0
    private static let perSecond = 1.0

    private var left = burst
    private var updated: Double?
    /// Entries that were left out since one was let in last.
    private(set) var suppressed = 0

    /// Whether an entry is let in at `now` (seconds), and how many were left out before it.
    mutating func admit(now: Double) -> (isAdmitted: Bool, leftOutBefore: Int) {
        let passed = max(0, now - (updated ?? now))
        updated = now
        left = min(Self.burst, left + passed * Self.perSecond)
        guard left >= 1 else {
            suppressed += 1
            return (false, 0)
        }
        left -= 1
        defer { suppressed = 0 }
        return (true, suppressed)
    }
}
