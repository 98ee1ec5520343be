/// Keeps a viewer whose page is costly to find (a search through all tasks) from taking more than a tenth of a core.
struct LivePace: Sendable {
    /// How many times what it cost must pass before the page is found anew.
    let rest: Int
    private var earliest = ContinuousClock.now

    init(rest: Int = 9) { self.rest = rest }

    func allows(isFirst: Bool) -> Bool { isFirst || ContinuousClock.now >= earliest }

    mutating func record(_ cost: Duration) { earliest = ContinuousClock.now + cost * rest }
}
