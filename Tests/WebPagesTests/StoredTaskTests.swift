import CeleryBroker
import CeleryProtocol
import ClusterState
import Identity
import PageKit
import Synchronization
import Testing

@testable import WebPages

@Suite("The result backend's word on a task's page")
struct StoredTaskTests {
    private func stored(_ state: String, _ result: JSONValue? = nil) -> StoredResult {
        var stored = StoredResult(id: "t1", state: state)
        stored.result = result
        return stored
    }

    private static let half: JSONValue = .object([
        ("current", .int(20)), ("total", .int(40)), ("status", .string("<half>")),
    ])

    @Test("A running task's own state and meta are on the page, as text")
    func progress() async {
        let fixture = Fixture()
        fixture.task("t1")
        fixture.results.state.withLock { $0.stored["t1"] = stored("PROGRESS", Self.half) }
        let text = await fixture.page("/task/t1").text
        #expect(text.contains("PROGRESS") && text.contains("50 %") && text.contains("&lt;half&gt;"))
        #expect(text.contains("state-started"), "the state that events told stays")
    }

    @Test("A watched page follows what is stored, and stops when the task has ended")
    func followed() async throws {
        let fixture = Fixture()
        fixture.task("t1")
        var view = try #require(await fixture.pages.liveView(for: fixture.request("/task/t1")))
        _ = view.next()
        var reader: AsyncStream<StoredResult>.Continuation?
        while reader == nil {
            await Task.yield()
            reader = fixture.results.state.withLock { $0.readers["t1"] }
        }
        reader?.yield(stored("PROGRESS", Self.half))
        var patch: [UInt8]?
        while patch == nil {
            await Task.yield()
            patch = view.next()
        }
        #expect(String(decoding: patch ?? [], as: UTF8.self).contains("50 %"))
        fixture.event("task-succeeded", ["uuid": "t1", "result": "1", "runtime": 0.5])
        _ = view.next()
        while fixture.results.state.withLock({ $0.readers["t1"] }) != nil { await Task.yield() }
    }

    @Test("A task that no event told of is shown from the result backend")
    func unseen() async {
        let fixture = Fixture()
        var failed = stored("FAILURE", .object([("exc_type", .string("ValueError")), ("exc_message", .string("bad"))]))
        failed.name = "shop.charge"
        failed.arguments = .array([.string("amex")])
        fixture.results.state.withLock { $0.stored["t1"] = failed }
        let (status, text) = await fixture.page("/task/t1")
        #expect(status == 200)
        #expect(text.contains("ValueError(&#39;bad&#39;)") && text.contains("(&#39;amex&#39;,)"))
        #expect(text.contains("no event did"))
    }

    @Test("A document whose stream begins with the same stored state gets nothing twice")
    func sameMark() async throws {
        let fixture = Fixture()
        fixture.task("t1")
        fixture.results.state.withLock { $0.stored["t1"] = stored("PROGRESS", Self.half) }
        let page = TaskDetailPage(links: Links(prefix: ""), id: "t1", role: .viewer)
        let other = TaskDetailPage(links: Links(prefix: ""), id: "t1", role: .viewer)
        let source = PageSource(
            cluster: ClusterView(fixture.cluster), broker: fixture.broker, results: fixture.results,
            instance: InstanceInfo(version: "1", clusterName: "lab"), now: { Fixture.start })
        await page.prepare(source)
        await other.prepare(source)
        #expect(page.mark(source) == other.mark(source))
        #expect(page.mark(source) != TaskDetailPage(links: Links(prefix: ""), id: "t1", role: .viewer).mark(source))
    }
}
