import CeleryBroker
import CeleryProtocol
import Testing

@testable import FlowerAPI

/// Tasks that are sent, waited for, and run again.
@Suite(.timeLimit(.minutes(1))) struct SendingTests {
    private func fixture() throws -> APIFixture {
        let fixture = APIFixture()
        var inspection = WorkerInspection(timestamp: 990)
        inspection.registered = .array([.string("tasks.add [rate_limit=10/m]")])
        fixture.broker.set(inspection: inspection, of: "w1@lab")
        return fixture
    }

    private func body(_ answer: APIResponse) async throws -> JSONValue {
        try JSONValue(parsing: await answer.wholeBody())
    }

    @Test("Whatever Celery takes with a task is brought into the message")
    func options() async throws {
        let fixture = try fixture()
        let answer = try await fixture.ask(
            "/api/task/async-apply/tasks.add", method: "POST",
            json: """
                {"args": [1, "\u{e9}"], "kwargs": {"z": 1, "a": null}, "queue": "video", "priority": 3, "task_id": "my own",
                 "countdown": "10", "expires": 60, "headers": {"x": 1}, "time_limit": 9, "soft_time_limit": 8.5,
                 "shadow": "s", "retries": 2, "exchange": null, "bogus": true}
                """)
        #expect(answer.status == 200)
        #expect(
            try await body(answer)
                == .object([
                    ("task-id", .string("my own")), ("state", .string("PENDING")),
                    ("queues", .array([.string("video")])), ("ignored", .array([.string("bogus")])),
                ]))
        let task = try #require(fixture.publisher.tasks.first)
        #expect(task.name == "tasks.add" && task.arguments == [.int(1), .string("\u{e9}")])
        #expect(task.keywordArguments.map(\.key) == ["z", "a"])
        #expect(task.queue == "video" && task.priority == 3 && task.countdown == 10 && task.expires == .after(60))
        #expect(task.timeLimit == 9 && task.softTimeLimit == 8.5 && task.shadow == "s" && task.retries == 2)
        #expect(try answer.audit?["action"]?.text == "task.send")
    }

    @Test("Times are read as each of Flower's routes reads them")
    func times() async throws {
        let fixture = try fixture()
        for (path, json) in [
            ("async-apply/tasks.add", #"{"eta": "2030-01-02 03:04:05.5", "expires": "2030-01-02 03:04:06.000000"}"#),
            ("send-task/any.name", #"{"eta": "2030-01-02T03:04:05.5+00:00", "expires": "2030-01-02T03:04:06Z"}"#),
        ] {
            #expect(try await fixture.ask("/api/task/\(path)", method: "POST", json: json).status == 200)
        }
        #expect(fixture.publisher.tasks.map(\.eta) == [1_893_553_445.5, 1_893_553_445.5])
        #expect(fixture.publisher.tasks.map(\.expires) == [.at(1_893_553_446), .at(1_893_553_446)])
    }

    @Test(
        "A body that makes no task is a 400 and nothing is sent",
        arguments: [
            ("async-apply/tasks.add", "[1]", "invalid options"), ("send-task/x", "5", "invalid options"),
            ("async-apply/tasks.add", #"{"args": "12"}"#, "args must be an array"),
            ("send-task/x", #"{"args": null}"#, "args must be an array"),
            ("send-task/x", #"{"kwargs": [1]}"#, "kwargs must be an object"),
            ("apply/tasks.add", #"{"timeout": "abc"}"#, "Invalid timeout"),
            ("async-apply/tasks.add", #"{"eta": null}"#, "Invalid option eta: expected 'YYYY-MM-DD HH:MM:SS.ffffff'"),
            (
                "async-apply/tasks.add", #"{"eta": "2030-01-02T03:04:05"}"#,
                "Invalid option eta: expected 'YYYY-MM-DD HH:MM:SS.ffffff'"
            ),
            ("async-apply/tasks.add", #"{"countdown": "x"}"#, "Invalid option countdown: no number of seconds"),
            ("send-task/x", #"{"countdown": "1"}"#, "Invalid option countdown: no number of seconds"),
            ("send-task/x", #"{"eta": 17}"#, "Invalid option eta: expected an ISO 8601 time"),
            ("send-task/x", #"{"expires": "soon"}"#, "Invalid option expires: expected seconds or an ISO 8601 time"),
            ("send-task/x", #"{"priority": "high"}"#, "Invalid option priority: no whole number"),
            ("send-task/x", #"{"queue": 7}"#, "Invalid option queue: no text"),
            ("send-task/x", #"{"headers": []}"#, "Invalid option headers: no object"),
        ])
    func badBody(path: String, json: String, detail: String) async throws {
        let fixture = try fixture()
        let answer = try await fixture.ask("/api/task/\(path)", method: "POST", json: json)
        #expect(answer.status == 400)
        #expect(try answer.detail == detail)
        #expect(fixture.publisher.tasks.isEmpty)
    }

    @Test(
        "A body is read as JSON whatever its type is said to be",
        arguments: [nil, "text/plain", "application/x-www-form-urlencoded"])
    func anyType(type: String?) async throws {
        let fixture = try fixture()
        var request = fixture.request("/api/task/send-task/x", json: #"{"args": ["100%"]}"#)
        request.contentType = type
        #expect(try #require(await fixture.api.respond(to: request)).status == 200)
        #expect(fixture.publisher.tasks.first?.arguments == [.string("100%")])
        let bad = try await fixture.ask("/api/task/send-task/x", method: "POST", json: "{")
        #expect(bad.status == 400)
        #expect(try bad.detail?.hasPrefix("The body is not JSON") == true)
    }

    @Test("Only send-task sends what no worker has registered")
    func unknown() async throws {
        let fixture = try fixture()
        for route in ["apply", "async-apply"] {
            let answer = try await fixture.ask("/api/task/\(route)/tasks", method: "POST", json: #"{"timeout": "bad"}"#)
            #expect(answer.status == 404)
            #expect(try answer.detail == "Unknown task 'tasks'")
        }
        #expect(try await fixture.ask("/api/task/send-task/tasks", method: "POST").status == 200)
    }

    @Test(
        "Why a task cannot be sent is told with Flower's status",
        arguments: [
            (PublishError.passive, 403), (.unavailable("gone"), 503), (.invalid("priority is 0 to 9"), 400),
        ])
    func failures(error: PublishError, status: Int) async throws {
        let fixture = try fixture()
        fixture.publisher.fail(with: error)
        for route in ["apply/tasks.add", "async-apply/tasks.add", "send-task/x"] {
            let answer = try await fixture.ask("/api/task/\(route)", method: "POST")
            #expect(answer.status == status)
            #expect(try answer.detail != nil)
        }
    }

    @Test("apply waits for the result")
    func apply() async throws {
        let fixture = try fixture()
        var done = StoredResult(id: "mine", state: "SUCCESS")
        done.result = .array([.int(3)])
        fixture.results.set(done)
        let answer = try await fixture.ask(
            "/api/task/apply/tasks.add", method: "POST", json: #"{"task_id": "mine", "timeout": "5"}"#)
        #expect(
            try await body(answer)
                == .object([("task-id", .string("mine")), ("result", .array([.int(3)])), ("state", .string("SUCCESS"))])
        )
        #expect(try answer.audit?["outcome"]?["mine"]?.text == "queued in celery")
    }

    @Test("apply tells the state when its time is over, and sends nothing when no result can come")
    func applyWithoutResult() async throws {
        let fixture = try fixture()
        fixture.results.set(StoredResult(id: "mine", state: "STARTED"))
        let late = try await fixture.ask(
            "/api/task/apply/tasks.add", method: "POST", json: #"{"task_id": "mine", "timeout": 0.01}"#)
        #expect(try await body(late) == .object([("task-id", .string("mine")), ("state", .string("STARTED"))]))
        let ignored = try await fixture.ask(
            "/api/task/apply/tasks.add", method: "POST", json: #"{"task_id": "a", "ignore_result": true}"#)
        #expect(
            try await body(ignored)
                == .object([("task-id", .string("a")), ("result", .null), ("state", .string("PENDING"))]))
        fixture.results.set(problem: "There is no result backend: --result_backend names one.")
        let none = try await fixture.ask("/api/task/apply/tasks.add", method: "POST")
        #expect(none.status == 503)
        #expect(try none.detail?.contains("--result_backend") == true)
        #expect(fixture.publisher.tasks.count == 2)
    }

    @Test("A task that keeps no result is known to have ended from its events")
    func endedWithoutResult() async throws {
        let fixture = try fixture()
        try fixture.event("task-succeeded", ["uuid": "mine", "result": "None", "runtime": 0.1])
        let answer = try await fixture.ask(
            "/api/task/apply/tasks.add", method: "POST", json: #"{"task_id": "mine"}"#)
        #expect(
            try await body(answer)
                == .object([("task-id", .string("mine")), ("result", .null), ("state", .string("PENDING"))]))
    }

    @Test("An answer that takes long begins with spaces and is JSON nevertheless")
    func patience() async throws {
        let answer = await PatientAnswer.respond(patience: .milliseconds(1)) {
            try? await Task.sleep(for: .milliseconds(30))
            return APIResponse(status: 200, contentType: APIResponse.json, body: Array("{}".utf8))
        }
        #expect(answer.status == 200)
        let whole = await answer.wholeBody()
        #expect(whole.starts(with: [UInt8(ascii: " ")]))
        #expect(try JSONValue(parsing: whole) == .object([]))
    }

    @Test("A result is what the backend has, in Flower's form")
    func result() async throws {
        let fixture = try fixture()
        var failed = StoredResult(id: "f", state: "FAILURE")
        failed.result = .object([("exc_type", .string("ValueError")), ("exc_message", .array([.string("x")]))])
        failed.traceback = "Traceback"
        var progress = StoredResult(id: "p", state: "PROGRESS")
        progress.result = .object([("current", .int(1))])
        var pickled = StoredResult(id: "b", state: "SUCCESS")
        pickled.unreadable = "It is pickled."
        for stored in [failed, progress, pickled, StoredResult(id: "s", state: "STARTED")] {
            fixture.results.set(stored)
        }
        for (id, text) in [
            ("f", #"{"task-id": "f", "state": "FAILURE", "result": "ValueError('x')", "traceback": "Traceback"}"#),
            ("p", #"{"task-id": "p", "state": "PROGRESS", "meta": {"current": 1}}"#),
            ("b", #"{"task-id": "b", "state": "SUCCESS", "result": null, "unreadable": "It is pickled."}"#),
            ("s", #"{"task-id": "s", "state": "STARTED"}"#), ("n", #"{"task-id": "n", "state": "PENDING"}"#),
        ] {
            #expect(try await fixture.ask("/api/task/result/\(id)").text == text)
            #expect(try await fixture.ask("/api/task/result", ["id": id]).text == text)
        }
        #expect(
            try await fixture.ask("/api/task/result/s", ["timeout": "0.01"]).text
                == #"{"task-id": "s", "state": "STARTED"}"#)
        #expect(try await fixture.ask("/api/task/result/s", ["timeout": "abc"]).status == 400)
        fixture.results.set(problem: "none")
        #expect(try await fixture.ask("/api/task/result/s").status == 503)
    }

    @Test("Whoever waits for a result gets what is there when the wait is over")
    func waited() async throws {
        let fixture = try fixture()
        fixture.results.set(StoredResult(id: "s", state: "STARTED"))
        async let answer = fixture.ask("/api/task/result/s", ["timeout": "30"])
        var done = StoredResult(id: "s", state: "SUCCESS")
        done.result = .int(5)
        try await Task.sleep(for: .milliseconds(20))
        fixture.results.set(done)
        #expect(
            try await body(answer)
                == .object([
                    ("task-id", .string("s")), ("state", .string("SUCCESS")), ("result", .int(5)),
                ]))
    }

    @Test("Whoever waits keeps nobody else waiting, and too many are refused")
    func waits() async throws {
        let fixture = try fixture()
        fixture.results.set(StoredResult(id: "s", state: "STARTED"))
        let permits = try (1..<WaitLimit.most).map { _ in try fixture.api.waits.permit() }
        let waiting = Task { try await fixture.ask("/api/task/apply/tasks.add", method: "POST", json: "{}") }
        while fixture.publisher.tasks.isEmpty { await Task.yield() }
        #expect(try await fixture.ask("/api/task/result/s").status == 200)
        #expect(try await fixture.ask("/api/tasks").status == 200)
        #expect(try await fixture.ask("/api/task/result/s", ["timeout": "1"]).status == 503)
        #expect(try await fixture.ask("/api/task/apply/tasks.add", method: "POST", json: "{}").status == 503)
        #expect(fixture.publisher.tasks.count == 1, "and nothing was sent")
        fixture.results.set(StoredResult(id: "sent-1", state: "SUCCESS"))
        #expect(try await body(try await waiting.value)["state"] == .string("SUCCESS"))
        _ = permits
    }

    @Test("An abort keeps a result that is there, and says so")
    func abort() async throws {
        let fixture = try fixture()
        fixture.results.set(StoredResult(id: "done", state: "FAILURE"))
        let fresh = try await body(try await fixture.ask("/api/task/abort/new", method: "POST"))
        #expect(fresh == .object([("message", .string("Aborted 'new'")), ("state", .string("ABORTED"))]))
        let kept = try await body(try await fixture.ask("/api/task/abort/done", method: "POST"))
        #expect(kept["message"]?.text == "'done' has ended as FAILURE; its result is kept")
    }
}

@Suite struct RunAgainTests {
    private func fixture(args: String, kwargs: String = "{}", queue: String? = "video") throws -> APIFixture {
        let fixture = APIFixture()
        var fields: [String: Any] = [
            "uuid": "old", "name": "tasks.add", "args": args, "kwargs": kwargs, "root_id": "top",
        ]
        if let queue { fields["queue"] = queue }
        try fixture.event("task-sent", fields)
        return fixture
    }

    @Test("A task whose events carry plain values runs again, linked to the old one")
    func fromEvents() async throws {
        let fixture = try fixture(args: "(1, 'a', [2.5, None], {'k': (True,)})", kwargs: "{'n': -3}")
        let answer = try await fixture.ask("/api/task/run-again/old", method: "POST")
        #expect(answer.status == 200)
        let body = try JSONValue(parsing: answer.body)
        #expect(body["message"]?.text == "Running 'tasks.add' again")
        #expect(body["task-id"]?.text == "sent-1" && body["parent_id"]?.text == "old")
        #expect(body["arguments_from"]?.text == "events")
        let task = try #require(fixture.publisher.tasks.first)
        #expect(
            task.arguments == [
                .int(1), .string("a"), .array([.double(2.5), .null]), .object([("k", .array([.bool(true)]))]),
            ])
        #expect(JSONValue.object(task.keywordArguments) == .object([("n", .int(-3))]))
        #expect(task.queue == "video" && task.parentID == "old" && task.rootID == "top" && task.id == nil)
        #expect(try answer.audit?["action"]?.text == "task.run-again")
    }

    @Test(
        "What is cut, or is no value that JSON carries, never runs again, and the setting that helps is named",
        arguments: [
            "('aaaa...',)", "(<object object at 0x7f>,)", "(b'x',)", "({1, 2},)", "({1: 2},)", "(1, ...", "(nan,)",
            "datetime.datetime(2020, 1, 1)", "__import__('os').system('true')", "5", "", "('\\ud800',)",
        ])
    func notWhole(args: String) async throws {
        let fixture = try fixture(args: args)
        let answer = try await fixture.ask("/api/task/run-again/old", method: "POST")
        #expect(answer.status == 409)
        #expect(try answer.detail?.contains("result_extended=True") == true)
        #expect(fixture.publisher.tasks.isEmpty)
    }

    @Test("The result backend's values come first, then those of the worker that has the task")
    func sources() async throws {
        let fixture = try fixture(args: "('aaaa...',)", queue: nil)
        fixture.control.set([
            ("w2@lab", .object([])),
            (
                "w1@lab",
                .object([
                    (
                        "old",
                        .array([
                            .string("active"),
                            .object([
                                ("args", .array([.int(1)])), ("kwargs", .object([])),
                                (
                                    "delivery_info",
                                    .object([("exchange", .string("")), ("routing_key", .string("slow"))])
                                ),
                            ]),
                        ])
                    )
                ])
            ),
        ])
        _ = try await fixture.ask("/api/task/run-again/old", method: "POST")
        var stored = StoredResult(id: "old", state: "SUCCESS")
        stored.name = "tasks.add"
        stored.arguments = .array([.int(2)])
        stored.keywordArguments = .object([])
        stored.queue = "extended"
        fixture.results.set(stored)
        _ = try await fixture.ask("/api/task/run-again/old", method: "POST")
        _ = try await fixture.ask("/api/task/run-again/old", ["queue": "chosen"], method: "POST")
        #expect(fixture.publisher.tasks.map(\.queue) == ["slow", "extended", "chosen"])
        #expect(fixture.publisher.tasks.map(\.arguments) == [[.int(1)], [.int(2)], [.int(2)]])
    }

    @Test("A task that waits in a queue runs again with what its message has, known from events or not")
    func fromQueue() async throws {
        let fixture = try fixture(args: "('aaaa...',)")
        fixture.publisher.set(
            queued: .found(
                QueuedTask(
                    id: "old", name: "tasks.add", arguments: [.string("whole")], keywordArguments: [("k", .null)],
                    queue: "video")))
        let answer = try await fixture.ask("/api/task/run-again/old", method: "POST")
        #expect(try JSONValue(parsing: answer.body)["arguments_from"]?.text == "message")
        let other = try await fixture.ask("/api/task/run-again/never-seen", method: "POST")
        #expect(other.status == 200)
        #expect(fixture.publisher.tasks.map(\.arguments) == [[.string("whole")], [.string("whole")]])
        #expect(fixture.publisher.tasks.map(\.name) == ["tasks.add", "tasks.add"])
        #expect(fixture.publisher.searched == [["video"], []])
    }

    @Test("A message that cannot be read is the reason; one of a task that has run is not looked for")
    func unreadableMessage() async throws {
        let fixture = try fixture(args: "('aaaa...',)")
        fixture.publisher.set(queued: .unreadable("is pickled"))
        let answer = try await fixture.ask("/api/task/run-again/old", method: "POST")
        #expect(answer.status == 409)
        #expect(try answer.detail?.contains("its message is pickled") == true)
        try fixture.event("task-succeeded", ["uuid": "old", "result": "1", "runtime": 1], at: 1001)
        _ = try await fixture.ask("/api/task/run-again/old", method: "POST")
        #expect(fixture.publisher.searched.count == 1)
    }

    @Test("A queue that is not known is not guessed")
    func noQueue() async throws {
        let fixture = try fixture(args: "()", queue: nil)
        let answer = try await fixture.ask("/api/task/run-again/old", method: "POST")
        #expect(answer.status == 409)
        #expect(try answer.detail?.contains("task_send_sent_event=True") == true)
        #expect(try await fixture.ask("/api/task/run-again/nobody", method: "POST").status == 404)
        #expect(try await fixture.ask("/api/task/run-again/old", ["queue": " "], method: "POST").status == 400)
    }
}
