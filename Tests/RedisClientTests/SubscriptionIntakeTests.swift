import Dispatch
import NIOCore
import Synchronization
import Testing

@testable import RedisClient

@Suite("A subscription is read without waiting for who takes its messages")
struct SubscriptionIntakeTests {
    private static let last = 99_999

    /// Keeps the numbers at the start of the payloads; while closed, whoever gives something waits.
    private final class GatedReceiver: RedisMessageReceiver {
        private let kept = Mutex<(numbers: [Int], missed: Int)>(([], 0))
        private let gate = DispatchSemaphore(value: 0)
        private let isGated = Atomic(false)
        private let all = DispatchSemaphore(value: 0)

        var numbers: [Int] { kept.withLock { $0.numbers } }
        var missedMessages: Int { kept.withLock { $0.missed } }

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

        func receive(_ body: (_ take: (UnsafeRawBufferPointer) -> Void) -> Int) {
            if isGated.load(ordering: .acquiring) { gate.wait() }
            let before = numbers.count
            let count = body { payload in
                let digits = payload.prefix { $0 != UInt8(ascii: " ") }
                let number = Int(String(decoding: digits, as: UTF8.self)) ?? -1
                kept.withLock { $0.numbers.append(number) }
                if number == SubscriptionIntakeTests.last { all.signal() }
            }
            #expect(count == numbers.count - before)
        }

        func missed(messages: Int) { kept.withLock { $0.missed += messages } }
    }

    private let receiver = GatedReceiver()

    private func intake(limit: Int = 16 << 20) throws -> SubscriptionIntake {
        let intake = try #require(SubscriptionIntake(receiver: receiver, maximumMessage: 64 << 20, limit: limit))
        let confirmation = ByteBuffer(string: "*3\r\n$10\r\npsubscribe\r\n$1\r\n*\r\n:1\r\n")
        #expect(try intake.confirm(confirmation) == 1)
        return intake
    }

    /// What Redis sends for messages with these numbers, each of about `size` bytes.
    private func messages(_ numbers: some Sequence<Int>, size: Int = 100) -> ByteBuffer {
        var buffer = ByteBuffer()
        for number in numbers {
            let payload = "\(number) " + String(repeating: ".", count: size)
            buffer.writeString("*4\r\n$8\r\npmessage\r\n$1\r\n*\r\n$1\r\na\r\n$\(payload.utf8.count)\r\n\(payload)\r\n")
        }
        return buffer
    }

    private func take(_ buffer: ByteBuffer, isBehind: Bool, by intake: SubscriptionIntake) throws {
        try intake.take(buffer, isBehind: isBehind) { Issue.record("\($0)") }
    }

    @Test("At ordinary rates messages are handed on by the reading thread, at once")
    func inline() throws {
        let intake = try intake()
        try take(messages(0..<3), isBehind: false, by: intake)
        try take(messages(3..<5), isBehind: true, by: intake)
        #expect(receiver.numbers == [0, 1, 2, 3, 4])
    }

    @Test("A reader that is behind goes on while messages wait, and their order stays")
    func queued() async throws {
        let intake = try intake()
        for number in 0..<7 { try take(messages([number]), isBehind: true, by: intake) }
        #expect(receiver.numbers == Array(0..<7))
        receiver.close()
        // From the eighth full read on; the receiver keeps its thread waiting, and not this one.
        for number in 7..<200 { try take(messages([number], size: 40_000), isBehind: true, by: intake) }
        // What comes while others wait, waits too, although the socket is empty now; its messages may be in pieces.
        var rest = messages([200, Self.last])
        try take(rest.readSlice(length: 150) ?? ByteBuffer(), isBehind: false, by: intake)
        try take(rest, isBehind: false, by: intake)
        #expect(receiver.numbers == Array(0..<7))
        receiver.open()
        await receiver.wait()
        #expect(receiver.numbers == Array(0...200) + [Self.last])
        #expect(receiver.missedMessages == 0)
    }

    @Test("When too much waits the oldest are missed, and it is known how many")
    func missed() async throws {
        let intake = try intake(limit: 1 << 20)
        for number in 0..<7 { try take(messages([number]), isBehind: true, by: intake) }
        receiver.close()
        for number in 7..<107 {
            #expect(!intake.isFull || number > 20)
            try take(messages([number], size: 100_000), isBehind: true, by: intake)
        }
        #expect(intake.isFull)
        try take(messages([Self.last]), isBehind: true, by: intake)
        receiver.open()
        await receiver.wait()
        let kept = receiver.numbers
        #expect(kept == kept.sorted())
        #expect(kept.suffix(5) == [103, 104, 105, 106, Self.last])
        #expect(receiver.missedMessages == 108 - kept.count)
        #expect(receiver.missedMessages >= 80)
        #expect(!intake.isFull)
    }

    @Test("After a burst the reading thread hands on again")
    func recovered() async throws {
        let intake = try intake()
        for number in 0..<20 { try take(messages([number]), isBehind: true, by: intake) }
        try take(messages([Self.last]), isBehind: false, by: intake)
        await receiver.wait()
        // The thread may still be about to find nothing more; what comes meanwhile is in order all the same.
        for number in 20..<40 { try take(messages([number]), isBehind: false, by: intake) }
        try take(messages([Self.last]), isBehind: false, by: intake)
        await receiver.wait()
        #expect(receiver.numbers == Array(0..<20) + [Self.last] + Array(20..<40) + [Self.last])
    }

    @Test("Bytes that are no RESP end it, wherever they are parsed")
    func failure() async throws {
        let inline = try intake()
        #expect(throws: SubscriptionIntake.Failure.self) {
            try take(ByteBuffer(string: "nonsense\r\n"), isBehind: false, by: inline)
        }
        let queued = try intake()
        for number in 0..<7 { try take(messages([number]), isBehind: true, by: queued) }
        let failure = await withCheckedContinuation { found in
            do throws(SubscriptionIntake.Failure) {
                try queued.take(ByteBuffer(string: "nonsense\r\n"), isBehind: true) { found.resume(returning: $0) }
            } catch {
                found.resume(returning: error)
            }
        }
        guard case .protocolError = failure else {
            Issue.record("\(failure)")
            return
        }
        #expect(receiver.numbers == Array(0..<7))
    }
}
