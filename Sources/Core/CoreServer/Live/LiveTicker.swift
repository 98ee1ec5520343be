internal import Identity
import Synchronization

/// The one timer behind all live streams, and the register of who has one.
///
/// A stream that is still writing when its next tick comes gets one tick later, never a queue of them.
final class LiveTicker: Sendable {
    /// The pace of ticks.
    enum Pace: Sendable {
        /// 250 ms
        case page
        /// 100 ms
        case task

        fileprivate var steps: Int { self == .page ? 5 : 2 }
    }

    /// A stream's ticks; the first comes at once. They end with `end()` and when the last reference is gone, so that a
    /// stream which never began leaves nothing behind.
    final class Ticket: Sendable {
        let ticks: AsyncStream<Void>
        private let ticker: LiveTicker
        private let id: UInt64

        fileprivate init(ticks: AsyncStream<Void>, ticker: LiveTicker, id: UInt64) {
            self.ticks = ticks
            self.ticker = ticker
            self.id = id
        }

        deinit { end() }

        /// May be called more than once.
        func end() { ticker.end(id) }
    }

    private struct Subscriber {
        let principal: Principal
        let steps: Int
        let continuation: AsyncStream<Void>.Continuation
    }

    private struct State {
        var subscribers: [UInt64: Subscriber] = [:]
        var nextID: UInt64 = 0
    }

    private static let step = Duration.milliseconds(50)

    private let limit: Int
    private let perPrincipal: Int
    private let state = Mutex(State())
    private let wake: (stream: AsyncStream<Void>, continuation: AsyncStream<Void>.Continuation)

    init(limit: Int, perPrincipal: Int) {
        self.limit = limit
        self.perPrincipal = perPrincipal
        wake = AsyncStream.makeStream(bufferingPolicy: .bufferingNewest(1))
    }

    var streams: Int { state.withLock { $0.subscribers.count } }

    /// Nil when there are too many streams, in all or of this person.
    func subscribe(_ principal: Principal, _ pace: Pace) -> Ticket? {
        let (ticks, continuation) = AsyncStream<Void>.makeStream(bufferingPolicy: .bufferingNewest(1))
        let id: UInt64? = state.withLock { state in
            let own = state.subscribers.values.count { $0.principal.isSamePerson(as: principal) }
            guard state.subscribers.count < limit, own < perPrincipal else { return nil }
            state.nextID += 1
            state.subscribers[state.nextID] = Subscriber(
                principal: principal, steps: pace.steps, continuation: continuation)
            return state.nextID
        }
        guard let id else { return nil }
        continuation.yield()
        wake.continuation.yield()
        return Ticket(ticks: ticks, ticker: self, id: id)
    }

    private func end(_ id: UInt64) {
        state.withLock { $0.subscribers.removeValue(forKey: id) }?.continuation.finish()
    }

    /// Ticks until cancelled; rests while there is no stream.
    func run() async {
        var step: UInt64 = 0
        for await _ in wake.stream {
            while !Task.isCancelled, tick(step) {
                step &+= 1
                try? await Task.sleep(for: Self.step)
            }
        }
        state.withLock { state in
            for subscriber in state.subscribers.values { subscriber.continuation.finish() }
            state.subscribers.removeAll()
        }
    }

    /// Ticks whoever is due at `step`, spread by id; false when nobody is there.
    private func tick(_ step: UInt64) -> Bool {
        state.withLock { state in
            for (id, subscriber) in state.subscribers where (step &+ id) % UInt64(subscriber.steps) == 0 {
                subscriber.continuation.yield()
            }
            return !state.subscribers.isEmpty
        }
    }
}

extension Principal {
    fileprivate func isSamePerson(as other: Principal) -> Bool {
        provider == other.provider && subject == other.subject
    }
}
