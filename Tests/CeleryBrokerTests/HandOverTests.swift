import CeleryProtocol
import Dispatch
import Synchronization
import Testing

@testable import CeleryBroker

@Suite("Events are handed on without keeping the reader waiting")
struct HandOverTests {
    /// Keeps what it is given; when closed, whoever gives something waits.
    private final class GatedSink: EventSink {
        private struct Kept {
            var numbers: [Int] = []
            var gaps: [EventGap] = []
        }

        private let kept = Mutex(Kept())
        private let gate = DispatchSemaphore(value: 0)
        private let isGated = Atomic(false)
        private let all = DispatchSemaphore(value: 0)

        var numbers: [Int] { kept.withLock { $0.numbers } }
        var gaps: [EventGap] { kept.withLock { $0.gaps } }

        func close() { isGated.store(true, ordering: .releasing) }

        func open() {
            isGated.store(false, ordering: .releasing)
            gate.signal()
        }

        /// Waits, on a thread that may, until the last number is there.
        func wait() async {
            await withCheckedContinuation { done in
                DispatchQueue.global().async {
                    self.all.wait()
                    done.resume()
                }
            }
        }

        func receive(at receivedAt: Double, _ body: (_ take: (UnsafeRawBufferPointer) -> Void) -> Void) {
            if isGated.load(ordering: .acquiring) { gate.wait() }
            body { payload in
                let number = Int(String(decoding: payload.prefix { $0 != UInt8(ascii: " ") }, as: UTF8.self)) ?? -1
                kept.withLock { $0.numbers.append(number) }
                if number == HandOverTests.last { all.signal() }
            }
        }

        func record(gap: EventGap) { kept.withLock { $0.gaps.append(gap) } }
    }

    private static let last = 9999

    /// A read that brings `numbers`, each in a payload of about `size` bytes.
    private func read(
        _ numbers: some Sequence<Int>, size: Int = 100, at time: Double = 1, isBehind: Bool, by handOver: HandOver
    ) -> Int {
        handOver.receive(at: time, isBehind: isBehind) { take in
            var count = 0
            for number in numbers {
                let payload = Array("\(number) ".utf8) + [UInt8](repeating: 46, count: size)
                payload.withUnsafeBytes { take($0) }
                count += 1
            }
            return count
        }
    }

    @Test("At ordinary rates events are applied by the reading thread, at once")
    func inline() {
        let sink = GatedSink()
        let handOver = HandOver(to: sink, limit: 1 << 20)
        #expect(read(0..<3, isBehind: false, by: handOver) == 3)
        #expect(read(3..<5, isBehind: true, by: handOver) == 2)
        #expect(sink.numbers == [0, 1, 2, 3, 4])
    }

    @Test("A reader that is behind goes on while events wait, and their order stays")
    func queued() async {
        let sink = GatedSink()
        let handOver = HandOver(to: sink, limit: 16 << 20)
        for number in 0..<7 { _ = read([number], isBehind: true, by: handOver) }
        #expect(sink.numbers == Array(0..<7))
        sink.close()
        // From the eighth full read on; the sink keeps its thread waiting, and not this one.
        for number in 7..<200 { _ = read([number], size: 40_000, isBehind: true, by: handOver) }
        // What comes while others wait, waits too, although the socket is empty now.
        _ = read([200, Self.last], isBehind: false, by: handOver)
        #expect(sink.numbers == Array(0..<7))
        sink.open()
        await sink.wait()
        #expect(sink.numbers == Array(0...200) + [Self.last])
        #expect(sink.gaps.isEmpty)
    }

    @Test("When too much waits the oldest go, and the gap says how many")
    func dropped() async throws {
        let sink = GatedSink()
        let handOver = HandOver(to: sink, limit: 1 << 20)
        for number in 0..<7 { _ = read([number], isBehind: true, by: handOver) }
        sink.close()
        for number in 7..<100 {
            _ = read([number], size: 100_000, at: Double(number), isBehind: true, by: handOver)
        }
        _ = read([Self.last], at: 100, isBehind: true, by: handOver)
        sink.open()
        await sink.wait()
        let kept = sink.numbers
        #expect(kept == kept.sorted())
        #expect(kept.suffix(5) == [96, 97, 98, 99, Self.last])
        let gap = try #require(sink.gaps.first)
        #expect(gap.reason == .dropped)
        #expect(gap.messages == 101 - kept.count)
        #expect(gap.messages >= 80)
        #expect(gap.start >= 7)
        #expect(gap.end == Double(89) || gap.end == Double(90))
    }

    @Test("A payload larger than a batch is handed on whole")
    func large() async {
        let sink = GatedSink()
        let handOver = HandOver(to: sink, limit: 16 << 20)
        for number in 0..<8 { _ = read([number], size: 3 << 20, isBehind: true, by: handOver) }
        _ = read([Self.last], isBehind: true, by: handOver)
        await sink.wait()
        #expect(sink.numbers == Array(0..<8) + [Self.last])
    }

    @Test("Bounds hold for the queue whatever comes", arguments: [1, 5, 40])
    func bounds(megabytes: Int) throws {
        var queue = BatchQueue(limit: megabytes << 20)
        let payload = [UInt8](repeating: 1, count: 60_000)
        for number in 0..<2000 {
            let batch = try #require(EventBatch(receivedAt: Double(number), room: payload.count))
            while payload.withUnsafeBytes({ batch.append($0) }) {}
            queue.append(batch)
            #expect(queue.bytes <= megabytes << 20)
        }
        var left = 0
        while let batch = queue.take() { left += batch.count }
        let dropped = queue.takeDropped()
        #expect(dropped.map { $0.messages + left } == 4000)
        #expect(dropped?.start == 0)
        let nothing = queue.takeDropped()
        #expect(nothing == nil)
    }
}
