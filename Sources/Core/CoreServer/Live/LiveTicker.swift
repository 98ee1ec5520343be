internal import Identity
import Synchronization

/// The one timer behind all live streams, and the register of who has one.
///
/// A stream whose reader is slow loses ticks; it never has a queue of them.
final class LiveTicker: Sendable {
    /// The pace of ticks.
    enum Pace: Sendable {
        /// 250 ms
        case page
        /// 100 ms
        case task

        fileprivate var steps: Int { self == .page ? 5 : 2 }
    }

    /// A stream's place in the register, given back with the last reference.
    final class Ticket: Sendable {
        private let ticker: LiveTicker
        private let id: UInt64

        fileprivate init(ticker: LiveTicker, id: UInt64) {
            self.ticker = ticker
            self.id = id
        }

        deinit { ticker.end(id) }
    }

    private struct Subscriber {
        let principal: Principal
        let steps: Int
        let stream: LiveStream
    }

    private struct State {
        var subscribers: [UInt64: Subscriber] = [:]
        /// Those that had no tick yet.
        var new: [LiveStream] = []
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

    /// Nil when there are too many streams, in all or of this person. The first tick comes at once.
    func subscribe(_ principal: Principal, _ pace: Pace, _ stream: LiveStream) -> Ticket? {
        let id: UInt64? = state.withLock { state in
            let own = state.subscribers.values.count { $0.principal.isSamePerson(as: principal) }
            guard state.subscribers.count < limit, own < perPrincipal else { return nil }
            state.nextID += 1
            state.subscribers[state.nextID] = Subscriber(principal: principal, steps: pace.steps, stream: stream)
            state.new.append(stream)
            return state.nextID
        }
        guard let id else { return nil }
        wake.continuation.yield()
        return Ticket(ticker: self, id: id)
    }

    private func end(_ id: UInt64) {
        // What leaves goes outside of the lock.
        _ = state.withLock { $0.subscribers.removeValue(forKey: id) }
    }

    /// Ticks until cancelled; rests while there is no stream.
    func run() async {
        var step: UInt64 = 0
        for await _ in wake.stream {
            while !Task.isCancelled, let due = due(step) {
                await Self.advance(due)
                step &+= 1
                try? await Task.sleep(for: Self.step)
            }
        }
        state.withLock {
            $0.subscribers.removeAll()
            $0.new.removeAll()
        }
    }

    /// Who is due at `step`, spread by id, and who is new; nil when nobody is there.
    private func due(_ step: UInt64) -> [LiveStream]? {
        state.withLock { state in
            guard !state.subscribers.isEmpty else {
                state.new.removeAll()
                return nil
            }
            var due = state.new
            state.new.removeAll(keepingCapacity: true)
            for (id, subscriber) in state.subscribers where (step &+ id) % UInt64(subscriber.steps) == 0 {
                due.append(subscriber.stream)
            }
            return due
        }
    }

    /// Several at once, so that one page that is costly to find does not hold up the others.
    private static func advance(_ streams: [LiveStream]) async {
        guard streams.count > 1 else {
            streams.first?.advance()
            return
        }
        await withTaskGroup(of: Void.self) { group in
            for lane in 0..<min(lanes, streams.count) {
                group.addTask {
                    for index in stride(from: lane, to: streams.count, by: lanes) { streams[index].advance() }
                }
            }
        }
    }

    private static let lanes = 4
}

extension Principal {
    fileprivate func isSamePerson(as other: Principal) -> Bool {
        provider == other.provider && subject == other.subject
    }
}
