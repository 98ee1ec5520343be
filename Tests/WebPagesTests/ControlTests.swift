import CeleryBroker
import CeleryProtocol
import Identity
import Synchronization
import Testing
import WebPages

@Suite("Controls are there for who may use them")
struct ControlTests {
    private func worker(_ role: Role, _ instance: InstanceInfo = ControlTests.instance()) async -> String {
        let fixture = Fixture(instance: instance)
        fixture.heartbeat()
        var inspection = WorkerInspection(timestamp: fixture.now)
        inspection.stats = .object([("pool", .object([("processes", .array([.int(1), .int(2), .int(3)]))]))])
        inspection.activeQueues = .array([.object([("name", .string("mail"))])])
        inspection.registered = .array([.string("shop.charge [rate_limit=10/m]")])
        fixture.broker.state.withLock { $0.inspections["celery@node1"] = inspection }
        return await fixture.page("/worker/celery@node1", role: role).text
    }

    private static func instance(isReadOnly: Bool = false, isPassive: Bool = false) -> InstanceInfo {
        InstanceInfo(version: "1", clusterName: "lab", isReadOnly: isReadOnly, isPassive: isPassive)
    }

    @Test("An admin has all of a worker's controls, under the prefix, with what the worker said of itself in them")
    func admin() async {
        let text = await worker(.admin)
        for path in [
            "worker/pool/grow", "worker/pool/shrink", "worker/pool/autoscale", "worker/pool/restart",
            "worker/queue/add-consumer", "worker/queue/cancel-consumer", "task/rate-limit", "task/timeout",
            "worker/shutdown",
        ] {
            #expect(text.contains("action=\"/flower/api/\(path)\""), "\(path)")
        }
        #expect(text.contains("3 processes"))
        #expect(text.contains("<option value=\"mail\">"))
        #expect(text.contains("<option value=\"shop.charge\">shop.charge [rate_limit=10/m]"))
        #expect(text.contains("data-ask-typed=\"celery@node1\""))
        #expect(!text.contains(" disabled"))
    }

    @Test("An operator sees what only admins may do, disabled, with the reason")
    func operates() async throws {
        let text = await worker(.operator)
        let shutdown = try #require(text.firstRange(of: "/api/worker/shutdown"))
        let end = try #require(text[shutdown.upperBound...].firstRange(of: "</form>"))
        #expect(text[shutdown.upperBound..<end.lowerBound].contains("disabled title=\"Needs the role admin.\""))
        let grow = try #require(text.firstRange(of: "/api/worker/pool/grow"))
        let growEnd = try #require(text[grow.upperBound...].firstRange(of: "</form>"))
        #expect(!text[grow.upperBound..<growEnd.lowerBound].contains("disabled"))
    }

    @Test(
        "Who may not act at all is told why and gets no control",
        arguments: [
            (Role.viewer, false, false, "Your role is viewer"), (.admin, true, false, "--read_only"),
            (.admin, false, true, "--passive"),
        ])
    func mayNot(_ role: Role, _ isReadOnly: Bool, _ isPassive: Bool, _ reason: String) async {
        let instance = Self.instance(isReadOnly: isReadOnly, isPassive: isPassive)
        let text = await worker(role, instance)
        #expect(text.contains(reason))
        #expect(!text.contains("method=\"post\" action=\"/flower/api/"))
        let fixture = Fixture(instance: instance)
        fixture.task("t1")
        let task = await fixture.page("/task/t1", role: role).text
        #expect(task.contains(reason))
        #expect(!task.contains("method=\"post\" action=\"/flower/api/"))
    }

    @Test("A running task can be revoked, terminated, aborted and run again; a finished one only run again")
    func task() async {
        let fixture = Fixture()
        fixture.task("t1")
        let running = await fixture.page("/task/t1").text
        for word in ["Run again", "Revoke", "Revoke and terminate", "Abort"] {
            #expect(running.contains("data-act=\"\(word)\""), "\(word)")
        }
        #expect(running.contains("shop.charge (t1)"), "the question names the task")
        fixture.event("task-succeeded", ["uuid": "t1", "result": "1", "runtime": 0.5])
        let finished = await fixture.page("/task/t1").text
        #expect(finished.contains("data-act=\"Run again\""))
        #expect(!finished.contains("data-act=\"Revoke") && !finished.contains("data-act=\"Abort"))
    }

    @Test("Without a result backend that can be reached nothing can be aborted")
    func noAbort() async {
        let fixture = Fixture()
        fixture.results.state.withLock { $0.problem = "It does not answer." }
        fixture.task("t1")
        #expect(await !fixture.page("/task/t1").text.contains("data-act=\"Abort"))
    }
}
