import RedisClient
import Synchronization

/// Keeps what a subscription brings and lets a test wait for it.
final class MessageCollector: RedisMessageReceiver {
    private let kept = Mutex<[[UInt8]]>([])
    private let arrival: AsyncStream<Void>.Continuation
    private let arrivals: AsyncStream<Void>

    init() {
        (arrivals, arrival) = AsyncStream.makeStream(bufferingPolicy: .bufferingNewest(1))
    }

    var messages: [[UInt8]] { kept.withLock { $0 } }

    func receive(_ body: (_ take: (UnsafeRawBufferPointer) -> Void) -> Int) {
        let before = kept.withLock { $0.count }
        let count = body { payload in kept.withLock { $0.append(Array(payload)) } }
        precondition(messages.count == before + count, "the count is not that of the payloads")
        if count > 0 { arrival.yield() }
    }

    /// Waits until `count` messages are there.
    func wait(for count: Int) async {
        if messages.count >= count { return }
        for await _ in arrivals where messages.count >= count { return }
    }
}
