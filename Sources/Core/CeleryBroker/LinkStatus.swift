internal import RedisClient

/// The broker's status out of its two connections'. Pure.
struct LinkStatus {
    private struct Connection {
        var state = RedisClient.State.connecting
        var nextAttempt: Double?

        mutating func change(to new: RedisClient.State, now: Double) {
            nextAttempt = nil
            if case .down(_, let pause) = new { nextAttempt = now + pause }
            // The reason of the last failure stays until the next attempt has ended.
            if case (.down, .connecting) = (state, new) { return }
            state = new
        }

        var failure: RedisError? {
            if case .down(let failure, _) = state { failure } else { nil }
        }
    }

    private var commands = Connection()
    private var events = Connection()
    private(set) var status: BrokerStatus

    init(url: String, now: Double) {
        status = BrokerStatus(url: url, isConnected: false, since: now, problem: "Connecting to \(url).")
    }

    mutating func commandsChanged(to state: RedisClient.State, now: Double) {
        commands.change(to: state, now: now)
        update(now: now)
    }

    mutating func eventsChanged(to state: RedisClient.State, now: Double) {
        events.change(to: state, now: now)
        update(now: now)
    }

    private mutating func update(now: Double) {
        let isConnected = commands.state == .connected && events.state == .connected
        if isConnected != status.isConnected {
            status.isConnected = isConnected
            status.since = now
        }
        if isConnected {
            status.problem = nil
            status.nextAttempt = nil
        } else {
            if let failure = commands.failure ?? events.failure { status.problem = failure.message }
            status.nextAttempt = [commands.nextAttempt, events.nextAttempt].compactMap(\.self).min()
        }
    }
}
