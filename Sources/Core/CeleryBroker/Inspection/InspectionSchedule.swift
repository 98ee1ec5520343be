/// Which workers to ask by themselves: each new one a moment after it showed up, and again later when it did not answer.
/// Pure.
struct InspectionSchedule {
    private struct Arrival {
        var nextAttempt: Double?
        var attempts = 0
        var lastAlive: Double
    }

    /// A worker hears commands up to 1.1 s after its first event.
    let settling: Double
    /// Seconds that a worker may be away and still counts as the same run; a restart takes its tasks and queues anew.
    let absence: Double
    private var arrivals: [String: Arrival] = [:]

    init(settling: Double = 2, absence: Double = 3) {
        self.settling = settling
        self.absence = absence
    }

    /// Workers to ask now.
    mutating func due(alive: some Collection<String>, now: Double) -> [String] {
        arrivals = arrivals.filter { now - $0.value.lastAlive <= absence }
        var due: [String] = []
        for worker in alive {
            var arrival = arrivals[worker] ?? Arrival(nextAttempt: now + settling, lastAlive: now)
            arrival.lastAlive = now
            if let next = arrival.nextAttempt, next <= now {
                arrival.attempts += 1
                arrival.nextAttempt = now + Self.pause(after: arrival.attempts)
                due.append(worker)
            }
            arrivals[worker] = arrival
        }
        return due
    }

    /// These answered.
    mutating func answered(_ workers: some Sequence<String>) {
        for worker in workers { arrivals[worker]?.nextAttempt = nil }
    }

    private static func pause(after attempts: Int) -> Double {
        [5.0, 15.0, 60.0].indices.contains(attempts - 1) ? [5.0, 15.0, 60.0][attempts - 1] : 300
    }
}
