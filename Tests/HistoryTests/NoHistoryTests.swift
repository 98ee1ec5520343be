import ClusterState
import Testing

@testable import History

@Suite struct NoHistoryTests {
    @Test func `without history every answer is empty and says so`() async throws {
        let history = NoHistory()
        #expect(!history.status.isOn)
        #expect(try await history.tasks(TaskQuery()) == HistoryPage())
        #expect(try await history.task("x") == nil)
    }
}
