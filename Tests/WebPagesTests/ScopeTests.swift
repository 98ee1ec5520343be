import CeleryBroker
import CeleryProtocol
import Foundation
import Identity
import Synchronization
import Testing
import WebPages

@Suite("Pages for people with a scope")
struct ScopeTests {
    private func request(_ path: String, tasks: [String] = ["billing.*"], queues: [String] = []) throws -> PageRequest {
        PageRequest(
            path: path, query: [],
            principal: Principal(
                provider: "github", subject: "1", name: "ada", role: .operator,
                scope: try Scope(tasks: tasks, queues: queues)),
            prefix: "", csrfToken: "", requestID: "r")
    }

    private func text(_ fixture: Fixture, _ request: PageRequest) async -> (status: Int, text: String) {
        guard let answer = await fixture.pages.respond(to: request) else { return (0, "") }
        return (answer.status, String(decoding: answer.body, as: UTF8.self))
    }

    private func fixture() -> Fixture {
        let fixture = Fixture()
        fixture.task("own-1", name: "billing.charge", args: "('amex',)")
        fixture.task("foreign-1", name: "mail.send", args: "('private',)")
        return fixture
    }

    @Test("The list and its counts hold their tasks, a task outside is an unknown one")
    func tasks() async throws {
        let fixture = fixture()
        let list = await text(fixture, try request("/tasks"))
        #expect(list.text.contains("own-1") && !list.text.contains("foreign-1") && !list.text.contains("mail.send"))
        #expect(list.text.contains(#"<span class="pill-count">1</span>"#))
        #expect(!list.text.contains(#"<span class="pill-count">2</span>"#))
        #expect(await text(fixture, try request("/task/own-1")).status == 200)
        let foreign = await text(fixture, try request("/task/foreign-1"))
        #expect(foreign.status == 404 && !foreign.text.contains("mail.send"))
    }

    @Test("What the result backend stores of a task outside is not shown")
    func stored() async throws {
        let fixture = fixture()
        var stored = StoredResult(id: "foreign-1", state: "SUCCESS")
        stored.result = .string("private-result")
        stored.name = "mail.send"
        fixture.results.state.withLock {
            $0.stored["foreign-1"] = stored
            $0.stored["never-seen"] = stored
        }
        for id in ["foreign-1", "never-seen"] {
            let page = await text(fixture, try request("/task/\(id)"))
            #expect(page.status == 404 && !page.text.contains("private-result") && !page.text.contains("mail.send"))
        }
    }

    @Test("A stream brings what changes on their tasks only")
    func stream() async throws {
        let fixture = fixture()
        let found = await fixture.pages.liveView(for: try request("/tasks"))
        var view = try #require(found)
        let first = String(decoding: view.next() ?? [], as: UTF8.self)
        #expect(first.contains("own-1") && !first.contains("foreign-1"))
        fixture.pass(5)
        fixture.task("foreign-2", name: "mail.send")
        fixture.task("own-2", name: "billing.refund")
        var second = ""
        // How soon depends on the time that rendering takes.
        while !second.contains("own-2") {
            second += String(decoding: view.next() ?? [], as: UTF8.self)
            await Task.yield()
        }
        #expect(second.contains("own-2") && !second.contains("foreign"))
        #expect(await fixture.pages.liveView(for: try request("/workers")) == nil)
        #expect(await fixture.pages.liveView(for: try request("/worker/celery@node1")) == nil)
    }

    @Test("Queues are theirs, worker pages are closed, and the first page is the tasks")
    func others() async throws {
        let fixture = fixture()
        fixture.heartbeat()
        fixture.broker.state.withLock {
            $0.sample = QueueSample(
                queues: [QueueDepth(name: "money", messages: 3), QueueDepth(name: "post", messages: 4)],
                unacknowledged: 9, takenAt: Fixture.start)
        }
        let queues = await text(fixture, try request("/queues", tasks: [], queues: ["money"]))
        #expect(queues.text.contains("money") && !queues.text.contains(">post<"))
        #expect(queues.text.contains("unacknowledged: not known"))
        for path in ["/workers", "/worker/celery@node1"] {
            #expect(await text(fixture, try request(path)).status == 0)
        }
        #expect(await fixture.pages.respond(to: try request("/"))?.location == "/tasks")
        #expect(await fixture.pages.respond(to: try request("/dashboard"))?.location == "/tasks")
    }

    @Test("No page of theirs, nor an error, leads to a worker; each says what they are limited to")
    func links() async throws {
        let fixture = fixture()
        fixture.heartbeat()
        let asking = try request("/tasks")
        let missing = String(
            decoding: fixture.pages.errorPage(status: 404, message: "Gone.", for: asking).body, as: UTF8.self)
        for path in ["/tasks", "/queues", "/task/own-1"] {
            let page = await text(fixture, try request(path)).text
            #expect(page.contains("Limited to tasks billing"))
            #expect(!page.contains("href=\"/worker"))
        }
        #expect(missing.contains("href=\"/tasks\"") && !missing.contains("href=\"/worker"))
    }
}
