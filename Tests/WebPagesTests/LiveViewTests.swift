import CeleryBroker
import ClusterState
import Foundation
import Synchronization
import Testing

@testable import WebPages

@Suite("A live view sends what changed and nothing else")
struct LiveViewTests {
    /// One event of the stream, read back.
    struct Event {
        let fields: [String: Any]

        init?(_ bytes: [UInt8]?) {
            guard let bytes else { return nil }
            let lines = String(decoding: bytes, as: UTF8.self).split(separator: "\n", omittingEmptySubsequences: false)
            guard lines.count == 5, lines[0].hasPrefix("id: "), lines[1] == "event: patch",
                lines[2].hasPrefix("data: "),
                lines[3].isEmpty, lines[4].isEmpty,
                let fields = try? JSONSerialization.jsonObject(with: Data(lines[2].dropFirst(6).utf8)) as? [String: Any]
            else { return nil }
            self.fields = fields
        }

        var operations: [[Any]] { fields["ops"] as? [[Any]] ?? [] }

        func named(_ name: String) -> [[Any]] { operations.filter { $0.first as? String == name } }

        func order(of list: String) -> [String]? {
            named("o").last { $0[1] as? String == list }?[2] as? [String]
        }
    }

    private func view(_ fixture: Fixture, _ path: String, _ query: [(name: String, value: String)] = []) async throws
        -> LiveView
    {
        try #require(await fixture.pages.liveView(for: fixture.request(path, query), pace: LivePace(rest: 0)))
    }

    /// The stamp that a document carries in its stream's address.
    private func stamp(_ fixture: Fixture, _ path: String) async throws -> String {
        let text = await fixture.page(path).text
        return String(try #require(text.firstMatch(of: /_at%3D([0-9a-z]+)/)).output.1)
    }

    @Test("The first event repeats the page unless the document is still true")
    func first() async throws {
        let fixture = Fixture()
        fixture.task("t1")
        var fresh = try await view(fixture, "/tasks")
        #expect(try #require(Event(fresh.next())).order(of: "tasks") == ["t1"])

        let stamp = try await stamp(fixture, "/tasks")
        var known = try await view(fixture, "/tasks", [("_at", stamp)])
        let first = try #require(Event(known.next()))
        #expect(first.named("w").isEmpty && first.order(of: "tasks") == nil)

        fixture.task("t2")
        var late = try await view(fixture, "/tasks", [("_at", stamp)])
        #expect(try #require(Event(late.next())).order(of: "tasks")?.count == 2)
    }

    @Test("When nothing changed there is nothing to send, but a sign of life now and then")
    func silence() async throws {
        let fixture = Fixture()
        fixture.heartbeat()
        var view = try await view(fixture, "/queues")
        #expect(view.next() != nil)
        #expect(view.next() == nil)
        fixture.pass(5)
        #expect(view.next() == nil)
        fixture.pass(5)
        let sign = try #require(Event(view.next()))
        #expect(sign.operations.isEmpty && sign.fields["truth"] as? String == "live")
        #expect(sign.fields["now"] as? Int == Int(fixture.now * 1000))
    }

    @Test("A change of a task is one cell, not the row")
    func cells() async throws {
        let fixture = Fixture()
        fixture.task("t1", isStarted: false)
        fixture.task("t2", isStarted: false)
        var view = try await view(fixture, "/tasks")
        _ = view.next()
        fixture.event("task-started", ["uuid": "t1"])
        let event = try #require(nextChange(&view))
        let cells = event.named("c")
        #expect(cells.allSatisfy { $0[2] as? String == "t1" })
        #expect(cells.contains { ($0[4] as? String)?.contains("Started") == true })
        #expect(event.named("w").isEmpty && event.named("o").isEmpty)
    }

    @Test("A new task is a row at the top and a new order")
    func rows() async throws {
        let fixture = Fixture()
        fixture.task("t1")
        var view = try await view(fixture, "/tasks")
        _ = view.next()
        fixture.pass(1)
        fixture.task("t2")
        let event = try #require(nextChange(&view))
        #expect(event.order(of: "tasks") == ["t2", "t1"])
        #expect(event.named("w").map { $0[2] as? String } == ["t2"])
    }

    @Test("Rows that left the page stay true for a viewer who holds them, up to a bound")
    func heldRows() async throws {
        let fixture = Fixture()
        fixture.task("old", isStarted: false)
        var view = try await view(fixture, "/tasks", [("per_page", "15")])
        _ = view.next()
        for index in 0..<15 {
            fixture.pass(1)
            fixture.task("new-\(index)", isStarted: false)
        }
        #expect(try #require(nextChange(&view)).order(of: "tasks")?.contains("old") == false)
        fixture.event("task-started", ["uuid": "old"])
        #expect(try #require(nextChange(&view)).named("c").contains { $0[2] as? String == "old" })

        var forgotten: [String] = []
        for batch in 0..<16 {
            for index in 0..<15 {
                fixture.pass(1)
                fixture.task("more-\(batch)-\(index)", isStarted: false)
            }
            forgotten += try #require(nextChange(&view)).named("d").compactMap { $0[2] as? String }
        }
        #expect(forgotten.first == "old")
        #expect(forgotten.count == 16 + 15 * 16 - 15 - LiveRows.maximumHeld)
    }

    @Test("A worker that grows silent turns offline without an event")
    func silentWorker() async throws {
        let fixture = Fixture()
        fixture.heartbeat()
        var view = try await view(fixture, "/workers")
        _ = view.next()
        fixture.pass(3)
        #expect(view.next() == nil)
        fixture.pass(2)
        let event = try #require(nextChange(&view))
        let row = try #require(event.named("w").first?[3] as? String)
        #expect(row.contains("class=\"offline\"") && row.contains("no heartbeat"))
    }

    @Test("The broker's trouble reaches every open page, and its end")
    func broker() async throws {
        let fixture = Fixture()
        fixture.task("t1")
        var view = try await view(fixture, "/task/t1")
        _ = view.next()
        fixture.broker.state.withLock {
            $0.status = BrokerStatus(url: "redis://x", isConnected: false, since: fixture.now, problem: "Refused")
        }
        let lost = try #require(Event(view.next()))
        #expect(lost.fields["truth"] as? String == "blind")
        #expect(
            lost.named("r").contains {
                $0[1] as? String == "banners" && ($0[2] as? String)?.contains("Refused") == true
            })
        fixture.broker.state.withLock {
            $0.status = BrokerStatus(url: "redis://x", isConnected: true, since: fixture.now)
        }
        let back = try #require(Event(view.next()))
        #expect(back.fields["truth"] as? String == "live")
        #expect(back.named("r").contains { $0[1] as? String == "banners" && ($0[2] as? String)?.isEmpty == true })
    }

    @Test("Only the regions of a task's page that changed are sent")
    func regions() async throws {
        let fixture = Fixture()
        fixture.task("t1", args: "('a big argument',)")
        var view = try await view(fixture, "/task/t1")
        _ = view.next()
        fixture.pass(1)
        fixture.event("task-succeeded", ["uuid": "t1", "result": "'somebody came'", "runtime": 1.0])
        let event = try #require(nextChange(&view))
        let regions = event.named("r").compactMap { $0[1] as? String }
        #expect(Set(regions) == ["state", "actions", "timeline", "outcome", "facts"])
        #expect(event.named("r").contains { ($0[2] as? String)?.contains("somebody came") == true })
    }

    @Test("A page about something unknown is loaded again when it becomes known")
    func becomesKnown() async throws {
        let fixture = Fixture()
        var view = try await view(fixture, "/task/t1")
        #expect(try #require(Event(view.next())).fields["reload"] == nil)
        fixture.task("t1")
        #expect(try #require(nextChange(&view)).fields["reload"] as? Int == 1)
    }

    @Test("Hostile text leaves the stream as escaped text in well-formed JSON")
    func hostile() async throws {
        let fixture = Fixture()
        var view = try await view(fixture, "/tasks")
        _ = view.next()
        fixture.task("</script>\"\n\ndata: x", name: "<b>\u{0}\u{1F}\n\nevent: evil", args: "\"\\\"")
        let event = try #require(nextChange(&view))
        let row = try #require(event.named("w").first?[3] as? String)
        #expect(!row.contains("<b>") && row.contains("&lt;b&gt;"))
    }

    @Test("Without auto-refresh nothing is live")
    func noRefresh() async {
        let fixture = Fixture(instance: InstanceInfo(version: "1", clusterName: "c", autoRefresh: false))
        #expect(await fixture.pages.liveView(for: fixture.request("/tasks")) == nil)
        #expect(await !fixture.page("/tasks").text.contains("data-stream"))
    }

    @Test("What is no page has no live view", arguments: ["/nothing", "/dashboard", "/api/tasks", "/live"])
    func noPage(_ path: String) async {
        let fixture = Fixture()
        #expect(await fixture.pages.liveView(for: fixture.request(path)) == nil)
    }

    /// The next event that changes something; a sign of life may come before it.
    private func nextChange(_ view: inout LiveView) -> Event? {
        for _ in 0..<3 {
            guard let event = Event(view.next()) else { continue }
            if !event.operations.isEmpty || event.fields["reload"] != nil { return event }
        }
        return nil
    }
}
