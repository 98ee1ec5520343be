import Dispatch
import Synchronization

/// The timer of the session database and what it has to remember between its turns.
final class SessionUpkeep: Sendable {
    /// What one turn has to do besides following other processes.
    struct Duties: Equatable {
        var storesTouches: Bool
        var sweeps: Bool
    }

    private struct State {
        var dataVersion: Int
        var turn = 0
        var failing = false
        var closed = false
        var timer: (any DispatchSourceTimer)?
    }

    /// Seconds between two turns: an ended session is noticed within one second.
    static let interval = 0.5
    /// A `lastSeen` that is less than this many seconds newer than the stored one is not written yet.
    static let touchAge = 60.0

    private let state: Mutex<State>

    init(dataVersion: Int) { state = Mutex(State(dataVersion: dataVersion)) }

    var dataVersion: Int {
        get { state.withLock { $0.dataVersion } }
        set { state.withLock { $0.dataVersion = newValue } }
    }

    func start(_ maintain: @escaping @Sendable () -> Void) {
        state.withLock { state in
            let timer = DispatchSource.makeTimerSource(queue: DispatchQueue(label: "calyx.sessions.upkeep"))
            timer.schedule(deadline: .now() + Self.interval, repeating: Self.interval, leeway: .milliseconds(100))
            timer.setEventHandler(handler: maintain)
            timer.activate()
            state.timer = timer
        }
    }

    func stop() {
        state.withLock { state in
            state.timer?.cancel()
            state.timer = nil
        }
    }

    /// Stops for good; false when that has happened already.
    func close() -> Bool {
        stop()
        return state.withLock { state in
            defer { state.closed = true }
            return !state.closed
        }
    }

    var isClosed: Bool { state.withLock { $0.closed } }

    /// Touches are stored every 15 s, expired rows deleted every minute and soon after the start.
    func next() -> Duties {
        state.withLock { state in
            state.turn += 1
            return Duties(storesTouches: state.turn % 30 == 0, sweeps: state.turn % 120 == 2)
        }
    }

    /// True when this is the first failure in a row, so that it is logged once.
    func failed() -> Bool {
        state.withLock { state in
            defer { state.failing = true }
            return !state.failing
        }
    }

    /// True when the turn before had failed.
    func succeeded() -> Bool {
        state.withLock { state in
            defer { state.failing = false }
            return state.failing
        }
    }
}
