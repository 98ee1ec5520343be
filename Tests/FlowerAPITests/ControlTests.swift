import CeleryBroker
import CeleryProtocol
import FlowerAPI
import Identity
import Testing

/// Commands to workers: what goes out, and what is said of what came back.
@Suite struct ControlTests {
    private func fixture(options: FlowerAPIOptions = FlowerAPIOptions()) throws -> APIFixture {
        let fixture = APIFixture(options: options)
        try fixture.event("worker-heartbeat", ["freq": 2.0])
        var inspection = WorkerInspection(timestamp: 990)
        inspection.registered = .array([.string("tasks.add [rate_limit=10/m]")])
        fixture.broker.set(inspection: inspection, of: "w1@lab")
        return fixture
    }

    private func ok(_ text: String) -> JSONValue { .object([("ok", .string(text))]) }

    struct Command: Sendable, CustomTestStringConvertible {
        var path: String
        var form = ""
        var method: String
        var arguments: String
        var message: String
        var action: String
        var testDescription: String { path }
    }

    static let commands = [
        Command(
            path: "/api/worker/pool/grow/w1@lab", form: "n=3", method: "pool_grow", arguments: #"{"n": 3}"#,
            message: "Growing 'w1@lab' worker's pool by 3", action: "pool.grow"),
        Command(
            path: "/api/worker/pool/shrink/w1@lab", method: "pool_shrink", arguments: #"{"n": 1}"#,
            message: "Shrinking 'w1@lab' worker's pool by 1", action: "pool.shrink"),
        Command(
            path: "/api/worker/pool/restart/w1@lab", method: "pool_restart", arguments: #"{"reload": false}"#,
            message: "Restarting 'w1@lab' worker's pool", action: "pool.restart"),
        Command(
            path: "/api/worker/pool/autoscale/w1@lab", form: "min=2&max=5", method: "autoscale",
            arguments: #"{"min": 2, "max": 5}"#, message: "Autoscaling 'w1@lab' worker (min=2, max=5)",
            action: "pool.autoscale"),
        Command(
            path: "/api/worker/queue/add-consumer/w1@lab", form: "queue=a%26b%3Cc%3E", method: "add_consumer",
            arguments: #"{"queue": "a&b<c>"}"#, message: "said the worker", action: "queue.add-consumer"),
        Command(
            path: "/api/worker/queue/cancel-consumer/w1@lab", form: "queue=x", method: "cancel_consumer",
            arguments: #"{"queue": "x"}"#, message: "said the worker", action: "queue.cancel-consumer"),
        Command(
            path: "/api/task/timeout/tasks.add", form: "workername=w1@lab&soft=1.5&hard=3", method: "time_limit",
            arguments: #"{"task_name": "tasks.add", "hard": 3.0, "soft": 1.5}"#, message: "said the worker",
            action: "task.time-limit"),
        Command(
            path: "/api/task/rate-limit/tasks.add", form: "workername=w1@lab&ratelimit=200/m", method: "rate_limit",
            arguments: #"{"task_name": "tasks.add", "rate_limit": "200/m"}"#, message: "said the worker",
            action: "task.rate-limit"),
        Command(
            path: "/api/worker/events/enable/w1@lab", method: "enable_events", arguments: "{}",
            message: "said the worker", action: "events.enable"),
        Command(
            path: "/api/worker/events/disable/w1@lab", method: "disable_events", arguments: "{}",
            message: "said the worker", action: "events.disable"),
    ]

    @Test(
        "A command goes to its worker, and the answer has Flower's message and what the worker said",
        arguments: commands)
    func succeeds(command: Command) async throws {
        let fixture = try fixture()
        fixture.control.set([("w1@lab", ok("said the worker"))])
        let answer = try await fixture.ask(command.path, method: "POST", form: command.form)
        #expect(answer.status == 200)
        let body = try JSONValue(parsing: answer.body)
        #expect(body["message"]?.text == command.message)
        #expect(body["workers"]?["w1@lab"]?["ok"]?.text == "said the worker")
        #expect(body["missing"]?.elements.isEmpty == true)
        let request = try #require(fixture.control.requests.first)
        #expect(request.method == command.method)
        #expect(request.destination == ["w1@lab"])
        #expect(String(decoding: JSONValue.object(request.arguments).serialized(), as: UTF8.self) == command.arguments)
        let audit = try #require(try answer.audit)
        #expect(audit["action"]?.text == command.action)
        #expect(audit["targets"]?.elements.contains(.string("w1@lab")) == true)
        #expect(audit["outcome"]?["w1@lab"]?.text == "ok")
    }

    @Test("A worker that refuses is a 403 with its reason", arguments: commands)
    func refused(command: Command) async throws {
        let fixture = try fixture()
        fixture.control.set([("w1@lab", .object([("error", .string("ValueError('no')"))]))])
        let answer = try await fixture.ask(command.path, method: "POST", form: command.form)
        #expect(answer.status == 403)
        let detail = try #require(try answer.detail)
        #expect(detail.hasPrefix("Failed to ") && detail.contains("ValueError('no')"))
        #expect(try answer.audit?["outcome"]?["w1@lab"]?.text == "ValueError('no')")
    }

    @Test("A worker that says nothing is a 403 that begins as Flower's and says for how long", arguments: commands)
    func silent(command: Command) async throws {
        let fixture = try fixture()
        fixture.control.set([], missing: ["w1@lab"])
        let answer = try await fixture.ask(command.path, method: "POST", form: command.form)
        #expect(answer.status == 403)
        #expect(try answer.detail?.contains("Unknown reason: no answer within 1.0 s") == true)
        #expect(try JSONValue(parsing: answer.body)["missing"]?.elements == [.string("w1@lab")])
    }

    @Test("An unknown worker is asked nothing", arguments: commands)
    func unknownWorker(command: Command) async throws {
        let fixture = try fixture()
        let path = command.path.replacing("w1@lab", with: "nobody")
        let answer = try await fixture.ask(
            path, method: "POST", form: command.form.replacing("w1@lab", with: "nobody"))
        #expect(answer.status == 404)
        #expect(try answer.detail == "Unknown worker 'nobody'")
        #expect(fixture.control.requests.isEmpty)
    }

    @Test("A worker may be named by a parameter, for names that no path carries")
    func byParameter() async throws {
        let fixture = try fixture()
        fixture.control.set([("w1@lab", ok("x"))])
        let answer = try await fixture.ask("/api/worker/pool/grow", method: "POST", form: "name=w1%40lab")
        #expect(answer.status == 200)
        #expect(try await fixture.ask("/api/worker/pool/grow", method: "POST").status == 404)
    }

    @Test("A JSON body is not read for parameters, as in Flower, and a multipart form is")
    func bodies() async throws {
        let fixture = try fixture()
        fixture.control.set([("w1@lab", ok("x"))])
        func ask(_ type: String, _ body: String) async throws -> APIResponse {
            try #require(
                await fixture.api.respond(
                    to: APIRequest(
                        method: "POST", path: "/api/worker/pool/grow/w1@lab", contentType: type, body: Array(body.utf8),
                        principal: .anonymous)))
        }
        _ = try await ask("application/json", #"{"n": 5}"#)
        _ = try await ask(
            "multipart/form-data; boundary=\"xyz\"",
            "--xyz\r\nContent-Disposition: form-data; name=\"n\"\r\n\r\n7\r\n--xyz--\r\n")
        #expect(fixture.control.requests.map { $0.arguments.first?.value } == [.int(1), .int(7)])
        #expect(try await ask("multipart/form-data; boundary=xyz", "--other").status == 400)
    }

    @Test(
        "Values that would harm a worker or mean nothing are refused in a sentence",
        arguments: [
            ("/api/worker/pool/grow/w1@lab", "n=0", "Invalid argument n: expected 1 to 1000, not 0"),
            ("/api/worker/pool/shrink/w1@lab", "n=-1", "Invalid argument n: expected 1 to 1000, not -1"),
            ("/api/worker/pool/grow/w1@lab", "n=abc", "Invalid argument 'abc' of type 'int'"),
            ("/api/worker/pool/grow/w1@lab", "n=", "Invalid argument '' of type 'int'"),
            ("/api/worker/pool/autoscale/w1@lab", "min=1", "Missing argument max"),
            (
                "/api/worker/pool/autoscale/w1@lab", "min=5&max=2",
                "Invalid arguments: expected 0 ≤ min ≤ max ≤ 1000 and max ≥ 1, not min=5 and max=2"
            ),
            ("/api/worker/queue/add-consumer/w1@lab", "", "Missing argument queue"),
            ("/api/task/timeout/tasks.add", "", "Missing argument workername"),
            ("/api/task/timeout/tasks.add", "workername=w1@lab&soft=x", "Invalid argument 'x' of type 'float'"),
            ("/api/task/timeout/tasks.add", "workername=w1@lab&soft=nan", "Invalid argument 'nan' of type 'float'"),
            (
                "/api/task/timeout/tasks.add", "workername=w1@lab&soft=-1",
                "Invalid arguments: a time limit is not negative"
            ),
            ("/api/task/rate-limit/tasks.add", "workername=w1@lab", "Missing argument ratelimit"),
            (
                "/api/task/rate-limit/tasks.add", "workername=w1@lab&ratelimit=nan/m",
                "Invalid argument ratelimit: 'nan/m' would stop the task for good"
            ),
            (
                "/api/task/revoke/x", "signal=BOGUS",
                "Invalid signal 'BOGUS', expected a name such as SIGTERM, SIGKILL or SIGUSR1"
            ),
            ("/api/task/revoke/x", "terminate=maybe", "Invalid argument 'maybe' of type 'bool'"),
        ])
    func invalid(path: String, form: String, detail: String) async throws {
        let fixture = try fixture()
        let answer = try await fixture.ask(path, method: "POST", form: form)
        #expect(answer.status == 400)
        #expect(try answer.detail == detail)
        #expect(fixture.control.requests.isEmpty)
    }

    @Test("An unknown task is a 404 before its worker is looked at")
    func unknownTask() async throws {
        for path in ["/api/task/timeout/nope", "/api/task/rate-limit/tasks"] {
            let answer = try await fixture().ask(path, method: "POST", form: "workername=nobody&ratelimit=1")
            #expect(answer.status == 404)
            #expect(try answer.detail?.hasPrefix("Unknown task") == true)
        }
    }

    @Test("A revoke goes to everybody, and every worker's words and silence are told")
    func revoke() async throws {
        let fixture = try fixture()
        fixture.control.set([("w1@lab", ok("tasks {'x'} flagged as revoked"))], missing: ["w2@lab"])
        let answer = try await fixture.ask("/api/task/revoke/x", method: "POST", form: "terminate=true&signal=SIGKILL")
        #expect(answer.status == 200)
        let body = try JSONValue(parsing: answer.body)
        #expect(body["message"]?.text == "Revoked 'x'")
        #expect(body["missing"]?.elements == [.string("w2@lab")])
        let request = try #require(fixture.control.requests.first)
        #expect(request.destination == nil)
        #expect(
            JSONValue.object(request.arguments)
                == .object([("task_id", .string("x")), ("terminate", .bool(true)), ("signal", .string("SIGKILL"))]))
        #expect(try answer.audit?["outcome"]?["w2@lab"]?.text == "no answer")
    }

    @Test("A revoke that reached nobody is not called done")
    func revokeIntoTheVoid() async throws {
        let answer = try await fixture().ask("/api/task/revoke/x", method: "POST")
        #expect(answer.status == 503)
        #expect(try answer.detail?.contains("nobody was told") == true)
    }

    @Test("A shutdown is sent and not waited for")
    func shutdown() async throws {
        let fixture = try fixture()
        let answer = try await fixture.ask("/api/worker/shutdown/w1@lab", method: "POST")
        #expect(answer.status == 200)
        #expect(try JSONValue(parsing: answer.body)["message"]?.text == "Shutting down!")
        #expect(fixture.control.requests.map(\.method) == ["shutdown"])
        #expect(fixture.control.requests.first?.destination == ["w1@lab"])
    }

    @Test(
        "A monitor that may not act says so and sends nothing",
        arguments: [
            "/api/worker/shutdown/w1@lab", "/api/worker/pool/grow/w1@lab", "/api/task/revoke/x", "/api/task/abort/x",
            "/api/task/send-task/t", "/api/task/run-again/x",
        ])
    func readOnly(path: String) async throws {
        let fixture = try fixture(options: FlowerAPIOptions(isReadOnly: true))
        let answer = try await fixture.ask(path, method: "POST")
        #expect(answer.status == 403)
        #expect(try answer.detail == "Read only mode is enabled")
        #expect(fixture.control.requests.isEmpty && fixture.publisher.tasks.isEmpty)
    }

    @Test(
        "Why a command cannot be sent is told with Flower's status",
        arguments: [
            (ControlError.passive, 403, "Passive mode is enabled"),
            (.unavailable("Connection refused"), 503, "Broker or result backend unavailable: Connection refused"),
            (.tooManyCommands, 503, "Too many commands"),
        ])
    func failures(error: ControlError, status: Int, beginning: String) async throws {
        let fixture = try fixture()
        fixture.control.fail(with: error)
        for path in ["/api/worker/shutdown/w1@lab", "/api/worker/pool/grow/w1@lab", "/api/task/revoke/x"] {
            let answer = try await fixture.ask(path, method: "POST")
            #expect(answer.status == status)
            #expect(try answer.detail?.hasPrefix(beginning) == true)
        }
    }

    @Test("What is recorded stays a header field of bounded size, whatever was asked")
    func auditIsBounded() async throws {
        let fixture = try fixture()
        let odd = String(repeating: "\u{e9}\u{7f}\n", count: 3000)
        fixture.control.set((0..<500).map { ("w\($0)@lab", ok("x")) })
        let answer = try #require(
            await fixture.api.respond(
                to: APIRequest(
                    method: "POST", path: "/api/task/revoke", query: [("id", "x" + odd + "x")], principal: .anonymous)))
        let field = try #require(answer.headers.first { $0.0 == "Calyx-Audit" }?.1)
        #expect(field.utf8.count <= 4096)
        #expect(field.utf8.allSatisfy { $0 >= 0x20 && $0 < 0x7f })
        #expect(try answer.audit?["omitted"]?.integer ?? 0 > 400)
    }
}
