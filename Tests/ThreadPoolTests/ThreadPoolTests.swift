import Synchronization
import Testing
import ThreadPool

@Suite struct ThreadPoolTests {
    @Test func `Work runs and its result comes back`() async {
        let pool = ThreadPool(name: "test", threads: 2, queueLimit: 100)
        let sum = await withTaskGroup(of: Int?.self) { group in
            for number in 1...50 { group.addTask { await pool.run { number } } }
            return await group.reduce(0) { $0 + ($1 ?? 0) }
        }
        #expect(sum == 50 * 51 / 2)
    }
}
