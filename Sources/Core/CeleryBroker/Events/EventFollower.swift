internal import CeleryProtocol
internal import Logging
import NIOCore
internal import RedisClient
import Synchronization

/// Keeps one subscription to all events and hands them to the sink as they are read; records gaps.
final class EventFollower: RedisMessageReceiver {
    private struct Shared {
        var lastEvent: Double?
        var gaps = GapTracker()
        var subscription: RedisSubscription?
    }

    private let endpoint: RedisEndpoint
    private let patterns: [String]
    private let group: any EventLoopGroup
    private let sink: any EventSink
    private let overruns: OverrunCounter
    private let now: @Sendable () -> Double
    private let onChange: @Sendable (RedisClient.State) -> Void
    private let shared = Mutex(Shared())

    init(
        endpoint: RedisEndpoint, patterns: [String], group: any EventLoopGroup, sink: any EventSink,
        overruns: OverrunCounter, now: @escaping @Sendable () -> Double,
        onChange: @escaping @Sendable (RedisClient.State) -> Void
    ) {
        self.endpoint = endpoint
        self.patterns = patterns
        self.group = group
        self.sink = sink
        self.overruns = overruns
        self.now = now
        self.onChange = onChange
    }

    /// Unix seconds of the last event that came; nil before the first.
    var lastEvent: Double? { shared.withLock { $0.lastEvent } }

    func receive(_ body: (_ take: (UnsafeRawBufferPointer) -> Void) -> Int) {
        let time = now()
        var count = 0
        sink.receive(at: time) { take in
            // The compiler cannot see that `body` does not call back into this closure.
            count = withoutActuallyEscaping(take) { body($0) }
        }
        guard count > 0 else { return }
        let ended = shared.withLock { shared in
            shared.lastEvent = time
            return shared.gaps.heard(at: time)
        }
        if let ended { sink.record(gap: ended) }
    }

    /// The subscription brings nothing any more: records that and makes a new one.
    func declareDeaf(since start: Double) {
        let (gap, subscription) = shared.withLock {
            ($0.gaps.lost(since: start, reason: .silence), $0.subscription)
        }
        if let gap { sink.record(gap: gap) }
        subscription?.close()
    }

    /// Follows until cancelled.
    func run() async {
        var policy = ReconnectPolicy()
        let start = now()
        while !Task.isCancelled {
            onChange(.connecting)
            var stood: Double?
            let failure: RedisError
            do throws(RedisError) {
                let subscription = try await RedisSubscription.subscribe(
                    to: patterns, at: endpoint, on: group, receiver: self)
                let subscribedAt = ContinuousClock.now
                await subscribed(subscription)
                failure = await subscription.closed()
                if Task.isCancelled {
                    subscription.close()
                    return
                }
                stood = (ContinuousClock.now - subscribedAt) / .seconds(1)
            } catch {
                failure = error
            }
            let pause = policy.pause(afterStanding: stood, random: .random(in: 0..<1))
            onChange(.down(failure, retryIn: pause))
            if stood != nil {
                await lost(failure)
            } else {
                // Before the first subscription, everything since the start is missing.
                let gap = shared.withLock { $0.gaps.lost(since: start, reason: .disconnected) }
                if let gap { sink.record(gap: gap) }
            }
            try? await Task.sleep(for: .seconds(pause))
        }
    }

    private func subscribed(_ subscription: RedisSubscription) async {
        let time = now()
        let ended = shared.withLock { shared in
            shared.subscription = subscription
            return shared.gaps.subscribed(at: time)
        }
        if let ended { sink.record(gap: ended) }
        onChange(.connected)
        await overruns.remember()
    }

    private func lost(_ failure: RedisError) async {
        let time = now()
        let lastEvent = shared.withLock { shared in
            shared.subscription = nil
            return shared.lastEvent
        }
        var gap: EventGap?
        switch failure.kind {
        case .closed:
            let isOverrun = await overruns.hasGrown()
            gap = shared.withLock { $0.gaps.lost(since: time, reason: isOverrun ? .overrun : .disconnected) }
        case .noAnswer:
            // Noticed only after some seconds of waiting for a PONG.
            let start = max(lastEvent ?? time, time - 5)
            gap = shared.withLock { $0.gaps.lost(since: start, reason: .disconnected) }
        default:
            gap = shared.withLock { $0.gaps.lost(since: time, reason: .disconnected) }
        }
        if let gap { sink.record(gap: gap) }
    }
}
