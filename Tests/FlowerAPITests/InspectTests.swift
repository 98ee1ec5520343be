import CeleryBroker
import CeleryProtocol
import Identity
import Testing

@testable import FlowerAPI

@Suite struct InspectTests {
    @Test(
        "Every question goes to the workers as it is, and comes back as they answered",
        arguments: WorkerQuestion.allCases)
    func questions(question: WorkerQuestion) async throws {
        let fixture = APIFixture()
        try fixture.event("worker-heartbeat", ["freq": 2.0])
        fixture.control.set([("w1@lab", .object([("ok", .string("answer"))]))], missing: ["w2@lab"])
        for query: KeyValuePairs in [
            ["taskid": "a", "taskid": "b"], ["taskid": "a", "taskid": "b", "workername": "w1@lab"],
        ] {
            let answer = try await fixture.ask("/api/worker/inspect/\(question.rawValue)", query)
            let body = try JSONValue(parsing: answer.body)
            #expect(answer.status == 200)
            #expect(body["workers"]?["w1@lab"]?["ok"]?.text == "answer")
            #expect(body["missing"]?.elements == [.string("w2@lab")])
        }
        #expect(fixture.control.requests.map(\.method) == [question.rawValue, question.rawValue])
        #expect(fixture.control.requests.map(\.destination) == [nil, ["w1@lab"]])
        let wanted: JSONValue =
            switch question {
            case .queryTask: .object([("ids", .array([.string("a"), .string("b")]))])
            case .active: .object([("safe", .bool(true))])
            default: .object([])
            }
        #expect(JSONValue.object(fixture.control.requests[0].arguments) == wanted)
    }

    @Test("What could hold a password is left out of stats")
    func alternates() async throws {
        let fixture = APIFixture()
        let broker = JSONValue.object([
            ("hostname", .string("h")), ("alternates", .array([.string("redis://:secret@h")])),
        ])
        fixture.control.set([("w1@lab", .object([("broker", broker)]))])
        let answer = try await fixture.ask("/api/worker/inspect/stats")
        #expect(answer.text.contains("hostname") && !answer.text.contains("secret"))
    }

    @Test("What is no question is refused and not sent")
    func refusals() async throws {
        let fixture = APIFixture()
        for (path, status) in [
            ("/api/worker/inspect/shutdown", 404), ("/api/worker/inspect/", 404),
            ("/api/worker/inspect/query_task", 400),
        ] {
            #expect(try await fixture.ask(path).status == status)
        }
        #expect(try await fixture.ask("/api/worker/inspect/ping", ["workername": "nobody@lab"]).status == 404)
        #expect(try await fixture.ask("/api/worker/inspect/ping", method: "POST").status == 405)
        let scoped = try await fixture.ask("/api/worker/inspect/active", as: .person(.viewer, tasks: ["mine.*"]))
        #expect(scoped.status == 403)
        #expect(fixture.control.requests.isEmpty)
        fixture.control.fail(with: .passive)
        #expect(try await fixture.ask("/api/worker/inspect/ping").status == 403)
    }
}
