/// Decides when to PING a quiet connection and when to give it up. Counts ticks, not seconds: a busy event loop that
/// delays the ticks delays reading too, and must not make the server look dead.
struct KeepAlive: Equatable {
    enum Action: Equatable { case none, ping, giveUp }

    /// Quiet ticks before a PING.
    let quietTicks: Int
    /// Ticks without a byte after the PING before the connection counts as dead.
    let patienceTicks: Int
    private var quiet = 0
    private var waiting: Int?

    init(quietTicks: Int = 3, patienceTicks: Int = 5) {
        self.quietTicks = quietTicks
        self.patienceTicks = patienceTicks
    }

    /// Bytes came.
    mutating func heard() {
        quiet = 0
        waiting = nil
    }

    mutating func tick() -> Action {
        if let ticks = waiting {
            waiting = ticks + 1
            return ticks + 1 >= patienceTicks ? .giveUp : .none
        }
        quiet += 1
        guard quiet >= quietTicks else { return .none }
        waiting = 0
        return .ping
    }
}
