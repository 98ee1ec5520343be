/// Suspects a subscription that brings nothing although workers were alive and should send heartbeats. Pure.
struct SilenceWatch {
    enum Action: Equatable {
        case none
        /// Ask the workers for a heartbeat; report with `probed`.
        case probe
        /// The subscription is deaf: events may be missing since `since`.
        case deaf(since: Double)
    }

    /// Seconds without an event after which workers are asked.
    let suspicion: Double
    /// Seconds for their answer; also how long a monitor that may not ask waits on top.
    let patience: Double
    private var workersKnown = false
    private var probe: (at: Double, receivers: Int)?

    init(suspicion: Double = 10, patience: Double = 4) {
        self.suspicion = suspicion
        self.patience = patience
    }

    mutating func probed(at time: Double, receivers: Int) { probe = (time, receivers) }

    /// To be called about once a second while subscribed.
    mutating func tick(now: Double, lastEvent: Double?, anyAlive: Bool, mayAsk: Bool) -> Action {
        guard let lastEvent else { return .none }
        let quiet = now - lastEvent
        if quiet < suspicion / 2 {
            // Later, missing heartbeats make every worker look dead; what counts is what was known before.
            workersKnown = anyAlive
            probe = nil
            return .none
        }
        guard workersKnown, quiet >= suspicion else { return .none }
        guard mayAsk else {
            guard quiet >= suspicion + 4 * patience else { return .none }
            workersKnown = false
            return .deaf(since: lastEvent)
        }
        guard let probe else { return .probe }
        guard now - probe.at >= patience else { return .none }
        self.probe = nil
        workersKnown = false
        // Nobody is subscribed for commands: the workers are gone, and nothing is missing.
        return probe.receivers > 0 ? .deaf(since: lastEvent) : .none
    }
}
