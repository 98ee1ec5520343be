import CeleryProtocol
import Synchronization

/// Keeps what the broker hands on.
final class RecordingSink: EventSink {
    private struct Kept {
        var payloads: [[UInt8]] = []
        var gaps: [EventGap] = []
    }

    private let kept = Mutex(Kept())

    var payloads: [[UInt8]] { kept.withLock { $0.payloads } }
    var gaps: [EventGap] { kept.withLock { $0.gaps } }

    func receive(at receivedAt: Double, _ body: (_ take: (UnsafeRawBufferPointer) -> Void) -> Void) {
        body { payload in kept.withLock { $0.payloads.append(Array(payload)) } }
    }

    func record(gap: EventGap) {
        kept.withLock { kept in
            kept.gaps.removeAll { $0.start == gap.start && $0.end == nil }
            kept.gaps.append(gap)
        }
    }
}
