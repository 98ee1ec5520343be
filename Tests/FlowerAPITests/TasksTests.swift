import CeleryProtocol
import ClusterState
import FlowerAPI
import Glibc
import Identity
import Testing

@Suite struct TasksTests {
    /// Five tasks: received at 10, 20, … named a to e, d failed, e only sent.
    private func five() throws -> APIFixture {
        let fixture = APIFixture()
        for (index, name) in ["tasks.a", "tasks.b", "tasks.c", "tasks.d"].enumerated() {
            let time = Double(index + 1) * 10
            try fixture.event(
                "task-received",
                ["uuid": "id-\(index)", "name": name, "args": "(\(index),)", "kwargs": "{}", "retries": 0], at: time)
            try fixture.event("task-started", ["uuid": "id-\(index)"], at: time + 1)
        }
        try fixture.event("task-succeeded", ["uuid": "id-0", "result": "5", "runtime": 0.5], at: 13)
        try fixture.event(
            "task-failed", ["uuid": "id-3", "exception": "ValueError('x')", "traceback": "T"], at: 45)
        try fixture.event("task-sent", ["uuid": "id-4", "name": "tasks.e", "hostname": "gen1@vm"], at: 50)
        return fixture
    }

    private func ids(_ answer: APIResponse) async throws -> [String] {
        try JSONValue(parsing: await answer.wholeBody()).keys
    }

    @Test(
        "Filters, order and pages choose the tasks",
        arguments: [
            ([:], ["id-4", "id-3", "id-2", "id-1", "id-0"]),
            (["limit": "2"], ["id-4", "id-3"]), (["limit": "2", "offset": "1"], ["id-3", "id-2"]),
            (["limit": "0"], []), (["limit": "-1"], []), (["limit": " +2 "], ["id-4", "id-3"]),
            (["limit": "99999999999999999999999"], ["id-4", "id-3", "id-2", "id-1", "id-0"]),
            (["offset": "-5", "limit": "1"], ["id-4"]), (["offset": "1000"], []),
            (["limit": "1", "foo": "bar"], ["id-4"]),
            (["sort_by": "name", "limit": "2"], ["id-0", "id-1"]),
            (["sort_by": "-name", "limit": "2"], ["id-4", "id-3"]),
            (["sort_by": "--name", "limit": "1"], ["id-4"]), (["sort_by": "", "limit": "1"], ["id-4"]),
            (["sort_by": "received"], ["id-4", "id-0", "id-1", "id-2", "id-3"]),
            (["sort_by": "-received"], ["id-3", "id-2", "id-1", "id-0", "id-4"]),
            (["state": "success"], ["id-0"]), (["state": "BOGUS"], []), (["state": "All", "limit": "1"], ["id-4"]),
            (["taskname": "TASKS.B"], ["id-1"]), (["taskname": "tasks"], []),
            (["workername": "W1@lab", "limit": "1"], ["id-3"]), (["workername": "w1"], []),
            (["search": "tasks.c"], ["id-2"]), (["search": "state:FAILURE"], ["id-3"]),
            (
                ["search": ""],
                [
                    "id-4", "id-3", "id-2", "id-1", "id-0",
                ]
            ),
        ] as [([String: String], [String])])
    func choice(query: [String: String], expected: [String]) async throws {
        let request = APIRequest(
            method: "GET", path: "/api/tasks", query: query.map { (name: $0.key, value: $0.value) },
            principal: .anonymous)
        let answer = try #require(await five().api.respond(to: request))
        #expect(answer.status == 200)
        #expect(try await ids(answer) == expected)
    }

    @Test("The last of a repeated parameter counts")
    func repeated() async throws {
        let answer = try await five().ask("/api/tasks", ["limit": "1", "limit": "3"])
        #expect(try await ids(answer).count == 3)
    }

    @Test(
        "A parameter that cannot be used is a 400 in Flower's words",
        arguments: [
            ("limit", "abc", "Invalid argument 'abc' of type 'int'"),
            ("limit", "", "Invalid argument '' of type 'int'"),
            ("limit", "1.5", "Invalid argument '1.5' of type 'int'"),
            ("limit", "1__0", "Invalid argument '1__0' of type 'int'"),
            ("offset", "<b>", "Invalid argument '<b>' of type 'int'"),
            ("sort_by", "runtime", "Invalid sort_by 'runtime', expected one of name, received, started, state"),
            ("sort_by", "-", "Invalid sort_by '-', expected one of name, received, started, state"),
            (
                "received_start", "2026-11-22",
                "Invalid received_start or received_end, expected format 'YYYY-MM-DD HH:MM'"
            ),
            (
                "received_end", "2026-11-22T10:09",
                "Invalid received_start or received_end, expected format 'YYYY-MM-DD HH:MM'"
            ),
            (
                "received_end", "2026-02-30 10:09",
                "Invalid received_start or received_end, expected format 'YYYY-MM-DD HH:MM'"
            ),
        ])
    func refused(name: String, value: String, message: String) async throws {
        let request = APIRequest(method: "GET", path: "/api/tasks", query: [(name, value)], principal: .anonymous)
        let answer = try #require(await APIFixture().api.respond(to: request))
        #expect(answer.status == 400)
        #expect(try answer.detail == message)
    }

    @Test("A search that cannot be parsed is a 400 with the error as JSON")
    func searchError() async throws {
        let answer = try await APIFixture().ask("/api/tasks", ["search": "ta"])
        #expect(answer.status == 400)
        let sentence = "Substring search terms must contain at least 3 characters at position 0."
        #expect(try answer.detail == sentence)
        #expect(try JSONValue(parsing: answer.body)["error"]?.text == sentence)
    }

    @Test("Received bounds are local times and inclusive, and tasks never received pass both")
    func receivedBounds() async throws {
        let fixture = APIFixture()
        var broken = tm()
        (broken.tm_year, broken.tm_mon, broken.tm_mday, broken.tm_hour, broken.tm_min) = (126, 10, 22, 10, 9)
        broken.tm_isdst = -1
        let nine = Double(mktime(&broken))
        try fixture.event("task-received", ["uuid": "early", "name": "t"], at: nine - 0.001)
        try fixture.event("task-received", ["uuid": "exact", "name": "t"], at: nine)
        try fixture.event("task-sent", ["uuid": "never", "name": "t"], at: nine)
        let after = try await fixture.ask("/api/tasks", ["received_start": "2026-11-22 10:09"])
        #expect(try await Set(ids(after)) == ["exact", "never"])
        let before = try await fixture.ask("/api/tasks", ["received_end": "2026-11-22 10:09"])
        #expect(try await Set(ids(before)) == ["early", "exact", "never"])
        let none = try await fixture.ask("/api/tasks", ["received_start": "", "received_end": "2026-11-22 10:08"])
        #expect(try await ids(none) == ["never"])
    }

    @Test("Without a worker the key is absent in the list and null in the task")
    func workerKey() async throws {
        let fixture = try five()
        let list = try await fixture.json("/api/tasks")
        #expect(list["id-4"]?.keys.contains("worker") == false)
        #expect(list["id-0"]?["worker"]?.text == "w1@lab")
        #expect(try await fixture.json("/api/task/info/id-4")["worker"] == .null)
    }

    @Test("A task is found by path and by query, with any id")
    func info() async throws {
        let fixture = try five()
        try fixture.event("task-received", ["uuid": "a/b ?\u{e9}", "name": "t"])
        #expect(try await fixture.json("/api/task/info/id-3")["exception"]?.text == "ValueError('x')")
        #expect(try await fixture.json("/api/task/info", ["id": "id-3"])["uuid"]?.text == "id-3")
        #expect(try await fixture.json("/api/task/info/a/b%20%3F%C3%A9")["name"]?.text == "t")
        #expect(try await fixture.json("/api/task/info", ["id": "a/b ?\u{e9}"])["name"]?.text == "t")
    }

    @Test(
        "An unknown task is a 404 in Flower's words",
        arguments: [
            ("/api/task/info/does-not-exist", "Unknown task 'does-not-exist'"),
            ("/api/task/info/", "Unknown task ''"), ("/api/task/info", "Unknown task ''"),
            ("/api/task/info/%3Cscript%3E", "Unknown task '<script>'"),
        ])
    func unknown(path: String, message: String) async throws {
        let answer = try await APIFixture().ask(path)
        #expect(answer.status == 404)
        #expect(try answer.detail == message)
    }

    @Test("A path that is not percent-encoded UTF-8 is refused", arguments: ["%ff", "%4", "%zz"])
    func malformedPath(id: String) async throws {
        #expect(try await APIFixture().ask("/api/task/info/\(id)").status == 400)
    }

    @Test("Every recorded task has Flower's 31 keys in Flower's order, first")
    func recordedKeys() async throws {
        let fixture = try APIFixture.recorded()
        let wanted = try Captures.value("GET_api_task_info_add.json").keys
        #expect(wanted.count == 31)
        let list = try await fixture.json("/api/tasks")
        #expect(list.keys.count > 50)
        for id in list.keys {
            let task = try await fixture.json("/api/task/info", ["id": id])
            #expect(Array(task.keys.prefix(31)) == wanted)
        }
    }

    @Test("A list of more tasks than one piece holds is whole")
    func pieces() async throws {
        let fixture = APIFixture()
        for index in 0..<300 {
            try fixture.event("task-received", ["uuid": "id-\(index)", "name": "t"], at: Double(index))
        }
        let answer = try await fixture.ask("/api/tasks")
        #expect(answer.rest != nil)
        #expect(answer.body.count < 150_000)
        #expect(try await ids(answer).count == 300)
        let exact = try await fixture.ask("/api/tasks", ["limit": "128"])
        #expect(exact.rest == nil)
        #expect(try await ids(exact).count == 128)
    }

    @Test("Types are all names ever seen, sorted")
    func types() async throws {
        #expect(
            try await five().ask("/api/task/types").text
                == #"{"task-types": ["tasks.a", "tasks.b", "tasks.c", "tasks.d", "tasks.e"]}"#)
    }

    @Test("Pages by cursor neither repeat nor leave out a task while new ones arrive")
    func cursors() async throws {
        let fixture = APIFixture()
        // Two at every moment, so that ties count.
        for index in 0..<12 {
            try fixture.event("task-received", ["uuid": "id-\(index)", "name": "t"], at: Double(index / 2))
        }
        let whole = try await ids(try await fixture.ask("/api/tasks"))
        var seen: [String] = []
        var cursor: String?
        repeat {
            var request = fixture.request("/api/tasks", ["limit": "5", "taskname": "t"], method: "GET", json: nil)
            if let cursor { request.query.append(("cursor", cursor)) }
            let answer = try #require(await fixture.api.respond(to: request))
            seen += try await ids(answer)
            let link = answer.headers.first { $0.0 == "Link" }?.1
            #expect(link?.hasPrefix("<?limit=5&taskname=t&cursor=") != false)
            cursor = link?.firstRange(of: "cursor=").map { range in
                String(link?[range.upperBound...].prefix { $0 != ">" } ?? "")
            }
            try fixture.event("task-received", ["uuid": "new-\(seen.count)", "name": "t"], at: 900)
        } while cursor != nil
        #expect(seen == whole)
        #expect(try await fixture.ask("/api/tasks", ["cursor": "nonsense"]).status == 400)
        let sorted = try await fixture.ask("/api/tasks", ["cursor": "AAAAAAAAAAA", "sort_by": "name"])
        #expect(try sorted.detail?.contains("sort_by") == true)
    }
}
