internal import CeleryProtocol
import Synchronization
internal import ThreadPool

/// Takes what is read to the sink: at once on the reading thread while that keeps up, else through a bounded queue and a
/// thread of its own, so that the socket is drained however long applying takes.
///
/// The second thread costs a copy and wake-ups, and at ordinary rates those cost more than applying. Under a burst it is
/// what keeps Redis from cutting the subscriber: reading alone is several times as fast.
final class HandOver: Sendable {
    private struct State {
        var queue: BatchQueue
        var isDraining = false
        var readsBehind = 0
    }

    /// Reads in a row that found more in the socket than they could take, after which the queue is used.
    private static let patience = 8

    private let sink: any EventSink
    private let state: Mutex<State>
    private let applier = ThreadPool(name: "events", threads: 1, queueLimit: 1)

    /// `limit` is in bytes.
    init(to sink: any EventSink, limit: Int) {
        self.sink = sink
        state = Mutex(State(queue: BatchQueue(limit: limit)))
    }

    /// Hands on what `body` gives, and returns how many payloads there were. `isBehind`: the socket has more. To be called
    /// from one thread at a time.
    func receive(
        at time: Double, isBehind: Bool, _ body: (_ take: (UnsafeRawBufferPointer) -> Void) -> Int
    ) -> Int {
        let isQueued = state.withLock { state in
            state.readsBehind = isBehind ? state.readsBehind + 1 : 0
            return state.isDraining || state.readsBehind >= Self.patience
        }
        return isQueued ? queue(at: time, body) : apply(at: time, body)
    }

    private func apply(at time: Double, _ body: (_ take: (UnsafeRawBufferPointer) -> Void) -> Int) -> Int {
        var count = 0
        sink.receive(at: time) { take in
            // The compiler cannot see that `body` does not call back into this closure.
            count = withoutActuallyEscaping(take) { body($0) }
        }
        return count
    }

    private func queue(at time: Double, _ body: (_ take: (UnsafeRawBufferPointer) -> Void) -> Int) -> Int {
        var batches: [EventBatch] = []
        var refused = 0
        let count = body { payload in
            if batches.last?.append(payload) == true { return }
            if let batch = EventBatch(receivedAt: time, room: payload.count), batch.append(payload) {
                batches.append(batch)
            } else {
                refused += 1
            }
        }
        guard count > 0 else { return 0 }
        let mustStart = state.withLock { state in
            if refused > 0 { state.queue.drop(refused, receivedAt: time) }
            for batch in batches { state.queue.append(batch) }
            defer { state.isDraining = true }
            return !state.isDraining
        }
        // There is room for it: the one before has said that it ends.
        if mustStart, !applier.submit({ self.drain() }) { state.withLock { $0.isDraining = false } }
        return count
    }

    /// Applies all batches, on the applier's thread.
    private func drain() {
        while true {
            let (batch, dropped) = state.withLock { state in
                let batch = state.queue.take()
                if batch == nil { state.isDraining = false }
                return (batch, state.queue.takeDropped())
            }
            if let dropped {
                sink.record(
                    gap: EventGap(
                        start: dropped.start, end: dropped.end, reason: .dropped, messages: dropped.messages))
            }
            guard let batch else { return }
            sink.receive(at: batch.receivedAt) { take in batch.forEach(take) }
        }
    }
}
