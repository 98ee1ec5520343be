import CeleryBroker
import CeleryProtocol
import ClusterState
import Foundation
import Synchronization
import Testing

@testable import WebPages

@Suite("Pages show what is known, and say what is not")
struct PageTests {
    static let everyPage = [
        "/", "/workers", "/worker/celery@node1", "/worker/nobody", "/tasks", "/task/t1", "/task/unknown", "/queues",
        "/broker",
    ]

    /// A cluster in which every text that came from outside is hostile.
    private func hostileFixture() -> Fixture {
        let fixture = Fixture()
        let evil = Self.evil
        fixture.heartbeat("celery@node1")
        fixture.event("worker-heartbeat", from: evil, ["sw_ver": evil, "sw_ident": evil, "sw_sys": evil, "freq": 2.0])
        for id in ["t1", evil] {
            fixture.event(
                "task-received", from: evil,
                ["uuid": id, "name": evil, "args": evil, "kwargs": evil, "eta": evil, "expires": evil, "root_id": evil])
            fixture.event(
                "task-failed", from: evil, ["uuid": id, "exception": evil, "traceback": TracebackTests.usual + evil])
        }
        fixture.event("task-\(evil)", ["uuid": "t2", "name": evil])
        var inspection = WorkerInspection(timestamp: fixture.now)
        inspection.stats = .object([
            (Self.evil, .string(Self.evil)), ("pool", .object([(Self.evil, .string(Self.evil))])),
        ])
        inspection.conf = .object([(Self.evil, .array([.string(Self.evil)]))])
        inspection.activeQueues = .array([.object([("name", .string(Self.evil))])])
        inspection.registered = .array([.string(Self.evil)])
        let answers = inspection
        fixture.broker.state.withLock {
            $0.inspections = ["celery@node1": answers, evil: answers]
            $0.sample = QueueSample(
                queues: [QueueDepth(name: evil, messages: 3, consumers: [evil])], takenAt: fixture.now, problem: evil)
            $0.status = BrokerStatus(
                url: evil, isConnected: false, since: fixture.now, problem: evil, nextAttempt: fixture.now)
        }
        return fixture
    }

    private static let evil = "<img src=x onerror=\"alert('1')\"></script>&\u{202E}日本"

    @Test("Hostile text is text on every page", arguments: everyPage)
    func hostile(_ path: String) async {
        let fixture = hostileFixture()
        for query in [
            [], [(name: "search", value: "\(Self.evil)")],
            [(name: "worker", value: Self.evil), (name: "state", value: Self.evil)],
        ] {
            let page = await fixture.page(path, query)
            #expect(page.status == 200 || page.status == 404)
            #expect(
                !page.text.contains("<img") && !page.text.contains("onerror=\"") && !page.text.contains("</script>&"))
        }
    }

    @Test("Every address on every page carries the prefix", arguments: everyPage, ["", "/flower"])
    func prefixed(_ path: String, _ prefix: String) async {
        let page = await hostileFixture().page(path, prefix: prefix)
        for match in page.text.matches(of: /\s(?:href|src|action|data-stream)="([^"#][^"]*)"/) {
            let address = match.output.1
            #expect(address.hasPrefix(prefix + "/") && !address.hasPrefix("//"), "\(address)")
        }
    }

    @Test("Pages need nothing inline", arguments: everyPage)
    func nothingInline(_ path: String) async {
        let page = await hostileFixture().page(path)
        #expect(!page.text.contains("<style") && !page.text.contains(" style=\""))
        #expect(page.text.firstMatch(of: /<[^>"]*\son[a-z]+=/) == nil)
        #expect(page.text.components(separatedBy: "<h1").count == 2)
    }

    @Test("Workers are listed with their counts, and offline ones say since when")
    func workers() async {
        let fixture = Fixture()
        fixture.heartbeat("celery@node1", active: 3)
        fixture.heartbeat("celery@node2")
        fixture.task("t1")
        fixture.event("task-failed", ["uuid": "t1", "exception": "E()"])
        fixture.pass(60)
        fixture.heartbeat("celery@node1", active: 3)
        let page = await fixture.page("/workers")
        #expect(page.text.contains(#"<a href="/flower/worker/celery@node1">celery@node1</a>"#))
        #expect(page.text.contains("1.50 1.25 1.00"))
        #expect(page.text.contains("no heartbeat <time datetime=\"2026-11-22T10:47:36.000Z\""))
        #expect(page.text.contains("/flower/tasks?worker=celery@node1&amp;state=FAILURE"))
        #expect(page.text.contains("<strong>1</strong><span class=\"tile-note\">of 2</span>"))
    }

    @Test("Workers are filtered and sorted by the address")
    func workerFilter() async throws {
        let fixture = Fixture()
        for (index, name) in ["mail@a", "celery@b", "celery@c"].enumerated() { fixture.heartbeat(name, active: index) }
        let filtered = await fixture.page("/workers", [("search", "CELERY"), ("sort", "-active")]).text
        #expect(!filtered.contains("data-key=\"mail@a\""))
        let first = try #require(filtered.range(of: "data-key=\"celery@c\""))
        let second = try #require(filtered.range(of: "data-key=\"celery@b\""))
        #expect(first.lowerBound < second.lowerBound)
        #expect(filtered.contains("aria-sort=\"descending\""))
    }

    @Test("The machine-readable workers are not a page")
    func json() async {
        let fixture = Fixture()
        #expect(await fixture.pages.respond(to: fixture.request("/workers", [("json", "1")])) == nil)
        #expect(await fixture.pages.respond(to: fixture.request("/api/workers")) == nil)
        #expect(await fixture.pages.respond(to: fixture.request("/nothing")) == nil)
    }

    @Test("Old addresses lead to the first page", arguments: ["/dashboard", "/monitor"])
    func redirects(_ path: String) async {
        let fixture = Fixture()
        let response = await fixture.pages.respond(to: fixture.request(path))
        #expect(response?.status == 302 && response?.location == "/flower/")
    }

    @Test("A failed task shows why at the top, the traceback in frames and its attempts")
    func failedTask() async {
        let fixture = Fixture()
        fixture.task("t1")
        fixture.event("task-retried", ["uuid": "t1", "exception": "Timeout()", "traceback": TracebackTests.usual])
        fixture.event("task-received", ["uuid": "t1", "name": "shop.charge", "retries": 1])
        fixture.event("task-started", ["uuid": "t1"])
        fixture.event(
            "task-failed", ["uuid": "t1", "exception": "PaymentDeclined('amex')", "traceback": TracebackTests.usual])
        let page = await fixture.page("/task/t1")
        #expect(page.status == 200)
        #expect(page.text.contains("PaymentDeclined(&#39;amex&#39;)"))
        #expect(page.text.contains("Retries exhausted: it failed for good after 2 attempts."))
        #expect(page.text.contains("<span class=\"function\">_charge</span>"))
        #expect(page.text.contains("Traceback (most recent call last)"))
        #expect(page.text.contains("Timeout()"))
        #expect(page.text.contains("No sent event"))
    }

    @Test("An id or name that is not known is answered with 404 and help", arguments: ["/task/nope", "/worker/nope"])
    func unknown(_ path: String) async {
        let page = await Fixture().page(path)
        #expect(page.status == 404)
        #expect(page.text.contains("as soon as"))
        #expect(page.text.contains(">nope</p>"))
    }

    @Test("An id with a slash is reached by the query form, an encoded one by the path")
    func oddIdentifiers() async {
        let fixture = Fixture()
        fixture.task("a/b")
        fixture.task("ü %")
        #expect(await fixture.page("/task", [("id", "a/b")]).status == 200)
        #expect(await fixture.page("/task/%C3%BC%20%25").status == 200)
        #expect(await fixture.page("/tasks").text.contains("/flower/task?id=a%2Fb"))
    }

    @Test("Tasks are filtered by Flower's parameters and the search language")
    func taskFilter() async {
        let fixture = Fixture()
        fixture.task("wanted", name: "mail.send", args: "('needle',)")
        fixture.task("other")
        for query in [[(name: "search", value: "needle")], [(name: "name", value: "mail.send")]] {
            let text = await fixture.page("/tasks", query).text
            #expect(text.contains("data-key=\"wanted\"") && !text.contains("data-key=\"other\""))
        }
        let none = await fixture.page("/tasks", [("state", "SUCCESS"), ("worker", "celery@node1")]).text
        #expect(none.contains("No task matches."))
        #expect(none.contains("Remove the filter Worker celery@node1"))
    }

    @Test("A search that cannot be read is answered with the error at its place, and keeps the text")
    func searchError() async {
        let fixture = Fixture()
        fixture.task("t1")
        let text = await fixture.page("/tasks", [("search", "name:mail -fo")]).text
        #expect(text.contains("at position 10."))
        #expect(text.contains("name:mail <span class=\"place-mark\">-fo</span>"))
        #expect(text.contains("value=\"name:mail -fo\""))
        #expect(text.contains("aria-invalid=\"true\""))
    }

    @Test("Pages of tasks are links that keep the filter")
    func paging() async {
        let fixture = Fixture()
        for index in 0..<40 {
            fixture.pass(1)
            fixture.task("task-\(index)")
        }
        let text = await fixture.page("/tasks", [("per_page", "15"), ("page", "2"), ("name", "shop.charge")]).text
        #expect(text.contains("16–30 of 40 tasks"))
        #expect(text.contains("/flower/tasks?name=shop.charge&amp;per_page=15&amp;page=3\" rel=\"next\""))
        #expect(text.contains("data-key=\"task-24\"") && !text.contains("data-key=\"task-25\""))
        let beyond = await fixture.page("/tasks", [("page", "999")]).text
        #expect(beyond.contains("The list ends before this page."))
    }

    @Test("Columns follow Flower's option")
    func columns() async {
        let fixture = Fixture(
            instance: InstanceInfo(version: "1", clusterName: "c", tasksColumns: ["name", "kwargs", "no such", "name"]))
        fixture.task("t1")
        let text = await fixture.page("/tasks").text
        #expect(text.contains("Keyword arguments") && !text.contains(">UUID</th>"))
        #expect(text.components(separatedBy: "<th ").count == 3)
    }

    @Test(
        "A broker that does not answer is named on every page, with why and when it is tried again",
        arguments: everyPage)
    func brokerDown(_ path: String) async {
        let fixture = Fixture()
        fixture.broker.state.withLock {
            $0.status = BrokerStatus(
                url: "redis://:**@broker.example:6379/0", isConnected: false, since: fixture.now - 63,
                problem: "Connection refused", nextAttempt: fixture.now + 4)
        }
        let text = await fixture.page(path).text
        #expect(text.contains("Broker unreachable <time"))
        #expect(text.contains("Connection refused. Next attempt <time"))
        #expect(text.contains("redis://:**@broker.example:6379/0"))
    }

    @Test("A lost broker is not blamed on the workers that were there when it was lost")
    func workersAreNotBlamed() async {
        let fixture = Fixture()
        fixture.heartbeat("celery@gone")
        fixture.pass(60)
        fixture.heartbeat("celery@node1")
        fixture.pass(1)
        fixture.broker.state.withLock {
            $0.status = BrokerStatus(
                url: "redis://x", isConnected: false, since: fixture.now, problem: "Is it running?")
        }
        fixture.pass(600)
        let text = await fixture.page("/workers").text
        #expect(text.components(separatedBy: ">Not known</span>").count == 2)
        #expect(text.components(separatedBy: ">Offline</span>").count == 2)
        #expect(text.contains("<strong>?</strong>"))
        #expect(text.contains("Is it running? Below"))
        #expect(await fixture.page("/worker/celery@node1").text.contains("last heartbeat <time"))
    }

    @Test("A gap in the events is shown while it is young")
    func gap() async {
        let fixture = Fixture()
        fixture.cluster.record(gap: EventGap(start: fixture.now - 30, end: fixture.now - 10, reason: .overrun))
        #expect(await fixture.page("/tasks").text.contains("Redis closed the connection"))
        fixture.pass(3600)
        #expect(await !fixture.page("/tasks").text.contains("Redis closed the connection"))
    }

    @Test(
        "All gaps that are remembered are on the page of the broker, the newest first, and its list follows a new one")
    func gapList() async throws {
        let fixture = Fixture()
        #expect(await !fixture.page("/queues").text.contains("Gaps in the stream of events</h2>"))
        fixture.cluster.record(gap: EventGap(start: fixture.now - 9000, end: fixture.now - 8990, reason: .overrun))
        fixture.cluster.record(gap: EventGap(start: fixture.now - 7000, reason: .silence))
        let text = await fixture.page("/queues").text
        let list = try #require(text.range(of: "Gaps in the stream of events</h2>"))
        let rows = text[list.upperBound...]
        let newer = try #require(rows.range(of: "no heartbeat came"))
        let older = try #require(rows.range(of: "Redis closed the connection"))
        #expect(newer.lowerBound < older.lowerBound)
        #expect(rows.components(separatedBy: "still open").count == 2)
        for start in 0..<120 {
            fixture.cluster.record(gap: EventGap(start: Double(start), end: Double(start), reason: .overrun))
        }
        #expect(await fixture.page("/queues").text.contains("The newest 100 of 122 since the start."))
    }

    @Test("A cluster without workers and tasks teaches what to do")
    func empty() async {
        let fixture = Fixture()
        #expect(await fixture.page("/workers").text.contains("celery -A your_app worker -E"))
        #expect(await fixture.page("/tasks").text.contains("task_send_sent_event = True"))
        #expect(await fixture.page("/queues").text.contains("No queue is known yet"))
    }

    @Test("Queues show length, consumers and the age of the sample; a queue without consumer is marked")
    func queues() async {
        let fixture = Fixture()
        fixture.broker.state.withLock {
            $0.sample = QueueSample(
                queues: [
                    QueueDepth(name: "default", messages: 1204, consumers: ["celery@node1"]),
                    QueueDepth(name: "orphan", messages: 7),
                ], unacknowledged: 24, takenAt: fixture.now - 2)
        }
        let text = await fixture.page("/queues").text
        #expect(text.contains("1,204") && text.contains("No known consumer") && text.contains("unacknowledged"))
        #expect(text.contains("sampled <time datetime=\"2026-11-22T10:47:34.000Z\""))
        #expect(text.contains("width=\"100\" height=\"4\"/><rect class=\"bar-fill\" height=\"4\" width=\"1\"/>"))
    }

    @Test("Opening a worker's page asks the worker once, and shows secrets to nobody")
    func inspection() async {
        let fixture = Fixture()
        fixture.heartbeat()
        _ = await fixture.page("/worker/celery@node1")
        while fixture.broker.state.withLock({ $0.asked.isEmpty }) { await Task.yield() }
        #expect(fixture.broker.state.withLock { $0.asked } == ["celery@node1"])
        var answer = WorkerInspection(timestamp: fixture.now)
        answer.conf = .object([
            ("broker_url", .string("redis://user:hunter2@broker/0")), ("security_key_password", .string("hunter2")),
            ("task_track_started", .bool(true)),
        ])
        let conf = answer
        fixture.broker.state.withLock { $0.inspections = ["celery@node1": conf] }
        let text = await fixture.page("/worker/celery@node1").text
        #expect(!text.contains("hunter2"))
        #expect(text.contains("redis://user:**@broker/0"))
        #expect(text.contains("<dt>task_track_started</dt><dd>yes</dd>"))
        #expect(fixture.broker.state.withLock { $0.asked.count } == 1)
    }

    @Test("An error is a page in the shell, with the request's id", arguments: [403, 404, 500])
    func errors(_ status: Int) {
        let fixture = Fixture()
        let response = fixture.pages.errorPage(status: status, message: "<b>why</b>", for: fixture.request("/x"))
        let text = String(decoding: response.body, as: UTF8.self)
        #expect(response.status == status)
        #expect(text.contains("&lt;b&gt;why&lt;/b&gt;") && text.contains("request-id"))
        #expect(text.contains("href=\"/flower/workers\""))
    }
}
