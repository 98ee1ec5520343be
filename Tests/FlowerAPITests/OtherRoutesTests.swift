import CeleryBroker
import CeleryProtocol
import ClusterState
import FlowerAPI
import Identity
import Testing

@Suite struct TaskTableTests {
    private static let columns = "columns%5B0%5D%5Bdata%5D=name&columns%5B1%5D%5Bdata%5D=uuid"

    private func three() throws -> APIFixture {
        let fixture = APIFixture()
        for (index, name) in ["b", "a", "c"].enumerated() {
            try fixture.event("task-received", ["uuid": "id-\(index)", "name": "tasks.\(name)"], at: Double(index))
        }
        return fixture
    }

    private func uuids(_ answer: APIResponse) throws -> [String] {
        try #require(try JSONValue(parsing: answer.body)["data"]).elements.compactMap { $0["uuid"]?.text }
    }

    @Test("The table is asked by query and by form alike")
    func protocols() async throws {
        let fixture = try three()
        let form = "draw=7&start=0&length=2&order%5B0%5D%5Bcolumn%5D=0&order%5B0%5D%5Bdir%5D=asc&\(Self.columns)"
        let posted = try await fixture.ask("/tasks/datatable", method: "POST", form: form)
        #expect(try uuids(posted) == ["id-1", "id-0"])
        let asked = try await fixture.ask(
            "/tasks/datatable",
            [
                "draw": "7", "start": "0", "length": "2", "order[0][column]": "0", "order[0][dir]": "asc",
                "columns[0][data]": "name",
            ])
        #expect(asked.body == posted.body)
        #expect(posted.text.hasPrefix(#"{"draw": 7, "data": [{"uuid": "id-1", "name": "tasks.a", "#))
        #expect(posted.text.hasSuffix(#"], "recordsTotal": 3, "recordsFiltered": 3}"#))
    }

    @Test("A search narrows, and one that cannot be parsed is told in the answer")
    func search() async throws {
        let fixture = try three()
        func ask(_ text: String) async throws -> APIResponse {
            try await fixture.ask(
                "/tasks/datatable",
                ["draw": "3", "start": "0", "length": "10", "order[0][column]": "0", "search[value]": text])
        }
        let found = try await ask("tasks.c")
        #expect(try uuids(found) == ["id-2"])
        #expect(found.text.hasSuffix(#""recordsTotal": 3, "recordsFiltered": 1}"#))
        #expect(
            try await ask("ta").text
                == #"{"draw": 3, "data": [], "recordsTotal": 3, "recordsFiltered": 0, "searchError": "#
                + #""Substring search terms must contain at least 3 characters at position 0."}"#)
    }

    @Test(
        "Missing and wrong parameters are a 400 in Flower's words",
        arguments: [
            ("", "Missing argument draw"), ("draw=1", "Missing argument start"),
            ("draw=1&start=0", "Missing argument length"),
            ("draw=1&start=0&length=1", "Missing argument order[0][column]"),
            ("draw=x&start=0&length=1", "Invalid argument 'x' of type 'int'"),
        ])
    func refused(form: String, message: String) async throws {
        let answer = try await APIFixture().ask("/tasks/datatable", method: "POST", form: form)
        #expect(answer.status == 400)
        #expect(try answer.detail == message)
    }

    @Test("Bounds below nothing give no rows, an unknown column the newest first")
    func bounds() async throws {
        let fixture = try three()
        let none = try await fixture.ask(
            "/tasks/datatable", ["draw": "3", "start": "-3", "length": "-1", "order[0][column]": "0"])
        #expect(none.text == #"{"draw": 3, "data": [], "recordsTotal": 3, "recordsFiltered": 3}"#)
        let unknown = try await fixture.ask(
            "/tasks/datatable",
            [
                "draw": "3", "start": "0", "length": "1", "order[0][column]": "0", "columns[0][data]": "nosuch",
                "order[0][dir]": "asc",
            ])
        #expect(try uuids(unknown) == ["id-2"])
    }
}

@Suite struct QueuesTests {
    private func fixture(_ options: FlowerAPIOptions = FlowerAPIOptions()) -> APIFixture {
        let fixture = APIFixture(options: options, now: 1000)
        fixture.broker.set(
            sample: QueueSample(
                queues: [QueueDepth(name: "celery", messages: 3), QueueDepth(name: "vid\"eo", messages: 0)],
                takenAt: 999))
        return fixture
    }

    @Test("Lengths are a flat map, or Flower's form when it is asked for or configured")
    func forms() async throws {
        let flat = #"{"celery": 3, "vid\"eo": 0}"#
        let flower = #"{"active_queues": [{"name": "celery", "messages": 3}, {"name": "vid\"eo", "messages": 0}]}"#
        #expect(try await fixture().ask("/api/queues/length").text == flat)
        #expect(try await fixture().ask("/api/queues/length", ["format": "flower"]).text == flower)
        let configured = fixture(FlowerAPIOptions(queueLengthFormat: .flower))
        #expect(try await configured.ask("/api/queues/length").text == flower)
        #expect(try await configured.ask("/api/queues/length", ["format": "flat"]).text == flat)
    }

    @Test("Lengths that were never read, or not for long, are no answer")
    func unavailable() async throws {
        let fixture = APIFixture(now: 1000)
        #expect(try await fixture.ask("/api/queues/length").status == 503)
        fixture.broker.set(sample: QueueSample(queues: [], takenAt: 980, problem: "Connection refused"))
        #expect(try await fixture.ask("/api/queues/length").status == 200)
        fixture.broker.set(sample: QueueSample(queues: [], takenAt: 960, problem: "Connection refused"))
        let late = try await fixture.ask("/api/queues/length")
        #expect(late.status == 503)
        #expect(try late.detail == "Queue lengths are not available: Connection refused")
    }
}

@Suite struct GapsTests {
    @Test("Gaps are listed with start, end and reason, the newest hundred of all that began")
    func list() async throws {
        let fixture = APIFixture(now: 1000)
        #expect(try await fixture.ask("/api/gaps").text == #"{"gaps": [], "total": 0}"#)
        fixture.cluster.record(gap: EventGap(start: 10, end: 12.5, reason: .overrun))
        fixture.cluster.record(gap: EventGap(start: 20, reason: .disconnected))
        #expect(
            try await fixture.ask("/api/gaps").text
                == #"{"gaps": [{"start": 10.0, "end": 12.5, "reason": "overrun"}, "#
                + #"{"start": 20.0, "end": null, "reason": "disconnected"}], "total": 2}"#)
        fixture.cluster.record(gap: EventGap(start: 20, end: 21, reason: .disconnected))
        for start in 100..<300 {
            fixture.cluster.record(gap: EventGap(start: Double(start), end: Double(start), reason: .silence))
        }
        let bounded = try await fixture.json("/api/gaps")
        #expect(bounded["gaps"]?.elements.count == 100)
        #expect(bounded["gaps"]?.elements.last?["start"] == .double(299))
        #expect(bounded["total"] == .int(202))
    }
}

@Suite struct MethodsTests {
    private static let reading = [
        "/api/workers", "/api/tasks", "/api/task/types", "/api/task/info/x", "/api/queues/length", "/metrics",
        "/api/gaps", "/api/task/result/x", "/api/openapi.json", "/api/worker/inspect/ping",
    ]
    private static let acting = [
        "/api/worker/shutdown/w", "/api/worker/pool/restart/w", "/api/worker/pool/grow/w", "/api/worker/pool/shrink/w",
        "/api/worker/pool/autoscale/w", "/api/worker/queue/add-consumer/w", "/api/worker/queue/cancel-consumer/w",
        "/api/task/apply/t", "/api/task/async-apply/t", "/api/task/send-task/t", "/api/task/abort/i",
        "/api/task/revoke/i", "/api/task/timeout/t", "/api/task/rate-limit/t",
        "/api/task/run-again/i", "/api/worker/events/enable/w", "/api/worker/events/disable/w",
    ]

    @Test("Known paths answer OPTIONS with what they allow and nothing else", arguments: reading + acting)
    func options(path: String) async throws {
        let answer = try await APIFixture().ask(path, method: "OPTIONS")
        #expect(answer.status == 204)
        #expect(answer.body.isEmpty)
        let allowed = answer.headers.first { $0.0 == "Allow" }?.1
        #expect(allowed == (Self.reading.contains(path) ? "GET, HEAD, OPTIONS" : "POST, OPTIONS"))
    }

    @Test("A wrong method on a known path is a 405", arguments: ["DELETE", "PUT", "PATCH", "TRACE"])
    func wrongMethod(method: String) async throws {
        for path in Self.reading + Self.acting + ["/tasks/datatable"] {
            #expect(try await APIFixture().ask(path, method: method).status == 405)
        }
    }

    @Test("Reading paths refuse POST and acting ones GET")
    func sides() async throws {
        for path in Self.reading { #expect(try await APIFixture().ask(path, method: "POST").status == 405) }
        for path in Self.acting { #expect(try await APIFixture().ask(path).status == 405) }
    }

    @Test("HEAD is answered as GET")
    func head() async throws {
        let fixture = APIFixture()
        #expect(
            try await fixture.ask("/api/task/types", method: "HEAD").body
                == (try await fixture.ask("/api/task/types").body))
    }

    @Test(
        "Other paths are not the API's",
        arguments: [
            "/api", "/api/", "/api/nope", "/api/workers/", "/API/workers", "/tasks", "/api/tasksx", "//api/tasks",
        ])
    func others(path: String) async {
        let request = APIRequest(method: "GET", path: path, principal: .anonymous)
        #expect(await APIFixture().api.respond(to: request) == nil)
    }
}

@Suite struct FormDecoderTests {
    @Test("Pairs are decoded in order")
    func pairs() throws {
        let pairs = try #require(FormDecoder.pairs("a=1&b=%C3%A9+x&&c&a=2&d=x=y".utf8))
        #expect(pairs.map(\.name) == ["a", "b", "c", "a", "d"])
        #expect(pairs.map(\.value) == ["1", "\u{e9} x", "", "2", "x=y"])
    }

    @Test("What is malformed or far too much is refused", arguments: ["a=%", "a=%f", "a=%zz", "a=%ff", "%c3=1"])
    func malformed(text: String) {
        #expect(FormDecoder.pairs(text.utf8) == nil)
        #expect(FormDecoder.pairs(String(repeating: "a&", count: 1001).utf8) == nil)
    }
}
