import Dispatch
import Synchronization
import Testing
import ThreadPool

@Suite("Thread pool")
struct ThreadPoolTests {
    @Test("Work runs and its result comes back")
    func results() async {
        let pool = ThreadPool(name: "test", threads: 2, queueLimit: 100)
        let sum = await withTaskGroup(of: Int?.self) { group in
            for number in 1...50 { group.addTask { await pool.run { number } } }
            return await group.reduce(0) { $0 + ($1 ?? 0) }
        }
        #expect(sum == 50 * 51 / 2)
    }

    @Test("Beyond the limit work is refused and never runs; afterwards there is room again")
    func bound() async {
        let pool = ThreadPool(name: "test", threads: 1, queueLimit: 2)
        let gate = DispatchSemaphore(value: 0)
        let ran = Atomic(0)
        let done = DispatchSemaphore(value: 0)
        for _ in 0..<3 {
            #expect(
                pool.submit {
                    gate.wait()
                    ran.add(1, ordering: .relaxed)
                    done.signal()
                })
        }
        #expect(!pool.submit { ran.add(100, ordering: .relaxed) })
        #expect(await pool.run { 1 } == nil)
        #expect(pool.pending == 3)
        for _ in 0..<3 { gate.signal() }
        await withCheckedContinuation { continuation in
            DispatchQueue.global().async {
                for _ in 0..<3 { done.wait() }
                continuation.resume()
            }
        }
        // One of the three may not have been counted off yet; the queue itself has room.
        #expect(await pool.run { ran.load(ordering: .relaxed) } == 3)
    }

    @Test("Queued work is finished after the pool is dropped")
    func drop() async {
        let count = await withCheckedContinuation { continuation in
            let pool = ThreadPool(name: "test", threads: 2, queueLimit: 10)
            let countDown = CountDown(continuation: continuation)
            for _ in 0..<10 { #expect(pool.submit { countDown.step() }) }
        }
        #expect(count == 0)
    }
}

/// Resumes when ten pieces of work have run.
private final class CountDown: Sendable {
    private let left = Atomic(10)
    private let continuation: CheckedContinuation<Int, Never>

    init(continuation: CheckedContinuation<Int, Never>) { self.continuation = continuation }

    func step() {
        if left.subtract(1, ordering: .relaxed).newValue == 0 { continuation.resume(returning: 0) }
    }
}
