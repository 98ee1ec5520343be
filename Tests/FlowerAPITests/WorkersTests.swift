import CeleryBroker
import CeleryProtocol
import ClusterState
import FlowerAPI
import Identity
import Testing

@Suite struct WorkersTests {
    private func inspection(_ timestamp: Double = 900) -> WorkerInspection {
        var inspection = WorkerInspection(timestamp: timestamp)
        inspection.stats = .object([
            ("pid", .int(7)), ("clock", .string("84")),
            ("broker", .object([("hostname", .string("h")), ("alternates", .array([.string("redis://:secret@b")]))])),
        ])
        inspection.activeQueues = .array([.object([("name", .string("celery"))])])
        inspection.registered = .array([.string("tasks.add")])
        inspection.conf = .object([("timezone", .null)])
        return inspection
    }

    @Test("A worker known from heartbeats alone has an entry with Flower's keys and types and a boolean status")
    func heartbeatOnly() async throws {
        let fixture = APIFixture()
        try fixture.event("worker-heartbeat", ["freq": 2.0, "active": 1, "processed": 3, "loadavg": [1, 2, 3]])
        let entry = try #require(try await fixture.json("/api/workers")["w1@lab"])
        let captured = try #require(try Captures.value("GET_api_workers.json")["w1@lab"])
        #expect(Set(captured.keys).isSubset(of: entry.keys))
        for member in captured.members {
            #expect(entry[member.key]?.isObject == member.value.isObject, "\(member.key)")
            #expect(entry[member.key]?.isArray == member.value.isArray, "\(member.key)")
        }
        #expect(entry["timestamp"]?.number != nil)
        #expect(entry["status"]?.flag == true)
    }

    @Test("What inspection brought is passed on, without further broker URLs")
    func inspected() async throws {
        let fixture = APIFixture()
        fixture.broker.set(inspection: inspection(), of: "w2@lab")
        let answer = try await fixture.ask("/api/workers")
        #expect(
            answer.text
                == #"{"w2@lab": {"stats": {"pid": 7, "clock": "84", "broker": {"hostname": "h"}}, "active_queues": "#
                + #"[{"name": "celery"}], "registered": ["tasks.add"], "conf": {"timezone": null}, "timestamp": 900.0, "#
                + #""status": false, "inspected": true}}"#)
    }

    @Test("The lists of a singly inspected worker appear when they are known")
    func singly() async throws {
        let fixture = APIFixture()
        var all = inspection()
        all.active = .array([])
        all.scheduled = .array([])
        all.reserved = .array([])
        all.revoked = .array([.string("id")])
        fixture.broker.set(inspection: all, of: "w1@lab")
        let entry = try #require(try await fixture.json("/api/workers")["w1@lab"])
        let captured = try #require(try Captures.value("GET_api_workers_refresh_workername.json").members.first?.value)
        #expect(Set(captured.keys).subtracting(entry.keys).isEmpty)
    }

    @Test("refresh asks the workers before it answers, one when it is named")
    func refresh() async throws {
        let fixture = APIFixture()
        fixture.broker.set(answer: inspection(), of: "new@lab")
        let entries = try await fixture.json("/api/workers", ["refresh": "1", "workername": "new@lab"])
        #expect(entries.keys == ["new@lab"])
        _ = try await fixture.ask("/api/workers", ["refresh": "yes"])
        #expect(fixture.broker.refreshed == ["new@lab", nil])
    }

    @Test("A worker that is purged from pages and metrics stays in /api/workers, as in Flower")
    func purged() async throws {
        let fixture = APIFixture(limits: ClusterLimits(purgeOfflineWorkers: 60))
        try fixture.event("worker-heartbeat", ["freq": 2.0], at: 900)
        #expect(try await fixture.json("/api/workers")["w1@lab"]?["status"]?.flag == false)
        #expect(try await fixture.ask("/api/workers", ["status": "1"]).text == #"{"w1@lab": false}"#)
        #expect(try await fixture.json("/workers", ["json": "1"])["data"]?.elements.isEmpty == true)
    }

    @Test("An unknown worker is a 404 in Flower's words, and never escaped")
    func unknown() async throws {
        let answer = try await APIFixture().ask("/api/workers", ["workername": "<b>"])
        #expect(answer.status == 404)
        #expect(try answer.detail == "Unknown worker '<b>'")
    }

    @Test("status gives booleans by name, whatever else is asked")
    func status() async throws {
        let fixture = APIFixture()
        try fixture.event("worker-heartbeat", ["freq": 2.0])
        try fixture.event("worker-heartbeat", ["hostname": "w2@lab", "freq": 2.0], at: 990)
        let answer = try await fixture.ask("/api/workers", ["status": "1", "workername": "nobody"])
        #expect(answer.text == #"{"w1@lab": true, "w2@lab": false}"#)
    }

    @Test(
        "A value that is no boolean is a 400 in Flower's words",
        arguments: [("refresh", "maybe"), ("status", ""), ("refresh", "2")])
    func badFlag(name: String, value: String) async throws {
        let request = APIRequest(
            method: "GET", path: "/api/workers", query: [(name, value)], principal: .anonymous)
        let answer = try #require(await APIFixture().api.respond(to: request))
        #expect(answer.status == 400)
        #expect(try answer.detail == "Invalid argument '\(value)' of type 'bool'")
    }

    @Test("The table's rows are asked for with json, on both of Flower's paths", arguments: ["/", "/workers"])
    func rows(path: String) async throws {
        let fixture = try APIFixture.recorded()
        let rows = try #require(try await fixture.json(path, ["json": "1"])["data"]).elements
        let captured = try #require(try Captures.value("GET_workers_json1.json")["data"]?.elements.first)
        let keys = captured.keys.filter { !$0.hasPrefix("task-") && !$0.hasPrefix("worker-") }
        #expect(rows.count == 5)
        for row in rows {
            #expect(Set(keys).isSubset(of: row.keys))
            #expect(row["status"]?.flag != nil)
            #expect(row["hostname"]?.text?.hasPrefix("gen") == false)
        }
        #expect(
            rows.contains { ($0["worker-heartbeat"]?.integer ?? 0) > 1 && ($0["task-succeeded"]?.integer ?? 0) > 1 })
    }

    @Test("The page without json is no answer of the API", arguments: ["0", "false"])
    func page(value: String) async {
        let fixture = APIFixture()
        for query in [[], [(name: "json", value: value)]] {
            let request = APIRequest(method: "GET", path: "/workers", query: query, principal: .anonymous)
            #expect(await fixture.api.respond(to: request) == nil)
        }
    }
}
