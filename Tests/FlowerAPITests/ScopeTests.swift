import CeleryBroker
import CeleryProtocol
import ClusterState
import Identity
import Testing

@testable import FlowerAPI

@Suite("People with a scope")
struct ScopeTests {
    private let billing = Principal.person(.operator, tasks: ["billing.*"])
    private let money = Principal.person(.operator, queues: ["money"])

    /// b1 and b2 are billing's, m1 is another's; m1 is b1's child. Of b1 and m1 the queue is known.
    private func fixture() throws -> APIFixture {
        let fixture = APIFixture()
        for (id, name, queue, parent) in [
            ("b1", "billing.charge", "money", nil), ("m1", "mail.send", "post", "b1"),
        ] as [(String, String, String, String?)] {
            try fixture.event(
                "task-sent", ["uuid": id, "name": name, "queue": queue, "parent_id": parent ?? "", "root_id": "b1"])
            try fixture.event("task-received", ["uuid": id, "name": name, "args": "('secret-\(id)',)"])
        }
        try fixture.event("task-received", ["uuid": "b2", "name": "billing.refund"])
        return fixture
    }

    private func ids(_ answer: APIResponse) async throws -> [String] {
        guard case .object(let members) = try JSONValue(parsing: await answer.wholeBody()) else { return [] }
        return members.map(\.key).sorted()
    }

    @Test("Lists, filters, searches and every order hold only their tasks")
    func lists() async throws {
        let fixture = try fixture()
        for order in ["", "name", "-received", "state"] {
            let answer = try await fixture.ask("/api/tasks", ["sort_by": order], as: billing)
            #expect(try await ids(answer) == ["b1", "b2"])
        }
        #expect(try await ids(fixture.ask("/api/tasks", as: money)) == ["b1"])
        #expect(try await ids(fixture.ask("/api/tasks", ["taskname": "mail.send"], as: billing)) == [])
        for search in ["secret-m1", "mail", "m1", "-nothing", "NOT billing"] {
            let found = try await ids(fixture.ask("/api/tasks", ["search": search], as: billing))
            #expect(!found.contains("m1"), "\(search)")
        }
        #expect(try await ids(fixture.ask("/api/tasks", ["search": "secret-b1"], as: billing)) == ["b1"])
        #expect(try await ids(fixture.ask("/api/tasks")) == ["b1", "b2", "m1"])
    }

    @Test("A task outside is an unknown task, alone and as a relation")
    func single() async throws {
        let fixture = try fixture()
        let foreign = try await fixture.ask("/api/task/info/m1", as: billing)
        let unknown = try await fixture.ask("/api/task/info/zz", as: billing)
        #expect(foreign.status == 404)
        #expect(foreign.text.replacing("m1", with: "zz") == unknown.text)
        #expect(try await fixture.ask("/api/task/result/m1", as: billing).status == 404)
        let own = try await fixture.ask("/api/task/info/b1", as: billing)
        #expect(own.status == 200)
        #expect(!own.text.contains("m1"))
        #expect(try await fixture.ask("/api/task/info/b1").text.contains("m1"))
    }

    @Test("Counts, task types and queues are theirs")
    func counts() async throws {
        let fixture = try fixture()
        fixture.broker.set(
            sample: QueueSample(
                queues: [QueueDepth(name: "money", messages: 3), QueueDepth(name: "post", messages: 4)],
                unacknowledged: 9, takenAt: 1000))
        let table = try await fixture.ask(
            "/tasks/datatable",
            ["draw": "1", "start": "0", "length": "10", "order[0][column]": "0", "columns[0][data]": "name"], as: money)
        let json = try JSONValue(parsing: table.body)
        #expect(json["recordsTotal"] == .int(1) && json["recordsFiltered"] == .int(1))
        #expect(try await fixture.ask("/api/task/types", as: billing).text.contains("billing.charge"))
        #expect(!(try await fixture.ask("/api/task/types", as: billing).text.contains("mail")))
        #expect(try await fixture.ask("/api/queues/length", as: money).text == "{\"money\": 3}")
        let view = ClusterView(fixture.cluster, scope: billing.scope)
        #expect(view.taskCounts() == ["RECEIVED": 2])
        #expect(view.workers().isEmpty && view.metrics().events.isEmpty)
    }

    @Test("No action reaches a task outside")
    func actions() async throws {
        let fixture = try fixture()
        for path in ["/api/task/revoke/m1", "/api/task/abort/m1", "/api/task/run-again/m1", "/api/task/revoke/zz"] {
            #expect(try await fixture.ask(path, method: "POST", as: billing).status == 404, "\(path)")
        }
        #expect(fixture.control.requests.isEmpty)
        _ = try await fixture.ask("/api/task/revoke/b1", method: "POST", as: billing)
        #expect(fixture.control.requests.count == 1)
    }

    @Test(
        "Nothing is sent under a foreign name, into a foreign queue, or under a chosen id",
        arguments: [
            ("mail.send", "{}"), ("billing.charge", #"{"shadow": "mail.send"}"#),
            ("billing.charge", #"{"task_id": "m1"}"#), ("billing.charge", #"{"parent_id": "m1"}"#),
        ])
    func sending(_ name: String, _ body: String) async throws {
        let fixture = try fixture()
        let answer = try await fixture.ask("/api/task/send-task/\(name)", method: "POST", json: body, as: billing)
        #expect(answer.status == 403)
        #expect(try answer.detail?.contains("billing.*") == true)
        #expect(fixture.publisher.tasks.isEmpty)
    }

    @Test(
        "Whoever is limited to queues names one of them",
        arguments: [
            ("{}", 403), (#"{"queue": "post"}"#, 403), (#"{"queue": "money"}"#, 200),
            (#"{"queue": "money", "routing_key": "post"}"#, 403),
            (#"{"exchange": "e", "routing_key": "money"}"#, 403),
        ])
    func queues(_ body: String, _ status: Int) async throws {
        let fixture = try fixture()
        let answer = try await fixture.ask("/api/task/send-task/any.name", method: "POST", json: body, as: money)
        #expect(answer.status == status)
    }

    /// What each operation needs, written down once more.
    private static func needed(_ operation: Operation) -> (role: Role, isForScoped: Bool) {
        switch operation {
        case .listTasks, .listTaskTypes, .getTaskInfo, .getTaskResult, .getQueueLengths, .getTaskTable, .getDescription,
            .listGaps:
            (.viewer, true)
        case .listWorkers, .listWorkerRows, .getMetrics, .askWorkers: (.viewer, false)
        case .applyTask, .asyncApplyTask, .sendTask, .runTaskAgain, .abortTask, .revokeTask: (.operator, true)
        case .setTimeLimits, .setRateLimit, .growPool, .shrinkPool, .autoscalePool, .addConsumer, .cancelConsumer,
            .enableEvents, .disableEvents:
            (.operator, false)
        case .shutDownWorker, .restartPool: (.admin, false)
        }
    }

    @Test("Every operation of the table is open to whoever may, and to nobody else", arguments: Endpoint.all)
    func table(endpoint: Endpoint) async throws {
        let fixture = try fixture()
        let method = endpoint.operation.acts ? "POST" : "GET"
        let path = endpoint.path + (endpoint.argument == nil ? "" : "/zz")
        let needed = Self.needed(endpoint.operation)
        for person in [Principal.person(.viewer), .person(.operator), .admin, billing, .person(.viewer, queues: ["q"])]
        {
            let isAllowed = person.role >= needed.role && (person.scope == nil || needed.isForScoped)
            let denial = Permission.denial(method: method, path: path, person)
            #expect((denial == nil) == isAllowed, "\(path) \(person.role) \(String(describing: person.scope))")
            // Roles are asked for before the API, with the same table.
            guard !isAllowed, person.scope != nil else { continue }
            let answer = try await fixture.ask(path, ["json": "1"], method: method, as: person)
            #expect(answer.status == 403)
            #expect(try answer.detail == denial?.sentence(for: person))
        }
        #expect(fixture.control.requests.isEmpty && fixture.publisher.tasks.isEmpty)
    }
}
