/// Which checks of memberships are under way in this process, each until its time is over. Pure.
struct CheckClaims: Sendable {
    private var ends: [SessionID: Double] = [:]

    /// - Parameter now: monotonic seconds.
    mutating func claim(_ id: SessionID, for seconds: Double, now: Double) -> Bool {
        ends = ends.filter { $0.value > now }
        guard ends[id] == nil else { return false }
        ends[id] = now + seconds
        return true
    }

    mutating func release(_ id: SessionID) { ends[id] = nil }
}
