import CeleryFixtures
import ClusterState
import Testing

@Suite("A captured run")
struct CapturedTrafficTests {
    private func replay(_ messages: [CapturedTraffic.Message]) -> ClusterUnderTest {
        let test = ClusterUnderTest(at: 0)
        for message in messages where message.isEvent {
            test.now = max(message.time, test.now)
            test.take([message.payload])
        }
        return test
    }

    @Test("Every task ends in the state, with the fields, that Celery's own State gives it")
    func statesAgreeWithCelery() throws {
        let test = replay(CapturedTraffic.small)
        let summary = try CapturedTraffic.smallSummary()
        #expect(summary.tasks.count > 200)
        for (uuid, expected) in summary.tasks {
            let task = try #require(test.cluster.task(uuid))
            #expect(task.state.name == expected.state, "\(uuid)")
            // Celery takes the name of a task-sent that arrives late; here the worker's word, which is newer, stays.
            if expected.events.first == "task-sent" || task.sent == nil { #expect(task.name == expected.name) }
            #expect(task.worker == expected.worker)
            #expect(task.exception == expected.exception)
            #expect(task.rootID == expected.rootID)
            #expect(task.parentID == expected.parentID)
            #expect(task.retries == expected.retries)
        }
        #expect(test.cluster.taskCounts() == summary.stateCounts)
        #expect(test.cluster.ingestStatus().eventsByType == summary.eventTypes.mapValues { UInt64($0) })
        #expect(test.cluster.ingestStatus().lostByReason.isEmpty)
        #expect(test.cluster.ingestStatus().duplicates == 0)
    }

    @Test("Each retry is kept with its exception and traceback")
    func attempts() throws {
        let test = replay(CapturedTraffic.small)
        var seen = 0
        for (uuid, expected) in try CapturedTraffic.smallSummary().tasks {
            let task = try #require(test.cluster.task(uuid))
            #expect(task.attempts.count == expected.events.count { $0 == "task-retried" })
            for attempt in task.attempts {
                #expect(attempt.exception?.isEmpty == false)
                #expect(attempt.traceback?.contains("Traceback") == true)
                #expect(attempt.worker?.contains("@") == true)
            }
            seen += task.attempts.count
        }
        #expect(seen == 6)
    }

    @Test("Workers are known by their heartbeats")
    func workers() throws {
        let test = replay(CapturedTraffic.small)
        #expect(
            test.cluster.workers().map(\.hostname) == [
                "w1@demo-a.example", "w2@demo-b.example", "w3@demo-c.example", "w4@demo-d.example",
                "w5@demo-e.example",
            ])
        let worker = try #require(test.cluster.worker("w3@demo-c.example"))
        #expect(worker.softwareIdentity == "py-celery")
        #expect(worker.softwareVersion == "5.7.0")
        #expect(worker.softwareSystem == "Linux")
        #expect(worker.processed == 48)
        #expect(worker.loadAverage?.count == 3)
        #expect(worker.frequency == 2)
        #expect(worker.pid == 30481)
        // It said goodbye.
        #expect(!worker.isAlive)
        #expect(worker.heartbeats.isEmpty)
        #expect(worker.lastHeartbeat != nil)
    }

    @Test("A task that a child's death ended shows what happened")
    func lostWorkerExceptions() throws {
        let test = replay(CapturedTraffic.small)
        let page = test.cluster.tasks(TaskQuery())
        let lost = page.tasks.filter { $0.exception == "ExceptionWithTraceback()" }
        #expect(!lost.isEmpty)
        for task in lost {
            let shown = try #require(task.displayException)
            #expect(shown.contains("WorkerLostError") || shown.contains("TimeLimitExceeded"))
        }
        #expect(page.tasks.count == 206)
        #expect(page.matched == 206)
    }

    @Test("Queues and task types are learnt from what was sent")
    func names() {
        let test = replay(CapturedTraffic.small)
        #expect(test.cluster.queueNames().contains("celery"))
        #expect(test.cluster.taskTypes().contains("demo.add"))
        #expect(test.cluster.taskTypes() == test.cluster.taskTypes().sorted())
    }

    @Test("All hard cases together do no harm, and their events are applied")
    func oddCases() throws {
        let test = ClusterUnderTest(at: 1_795_344_700)
        for odd in CapturedTraffic.odd { test.take([odd.message.payload]) }
        #expect(test.state("c505dafc-ac96-477f-ad6f-47f5b723cd29") == "SUCCESS")
        #expect(test.cluster.task("c505dafc-ac96-477f-ad6f-47f5b723cd29")?.result == "'done'")
        // A literal escape of the repr, not a surrogate of the JSON.
        #expect(test.state("d38f263b-4d36-4a16-8fbb-d6fee696768a") == "SUCCESS")
        #expect(test.state("odd-1") == "STARTED")
        #expect(test.cluster.task("odd-2") == nil)
        #expect(test.cluster.task("odd-4")?.worker == nil)
        #expect(test.state("odd-4") == "STARTED")
        #expect(test.state("odd-5") == "STARTED")
        #expect(test.cluster.task("odd-6")?.clock == nil)
        #expect(test.cluster.task("odd-7")?.clock == nil)
        #expect(test.cluster.task("odd-8")?.started == 1_795_344_700)
        #expect(test.cluster.task("odd-9")?.started == test.now)
        #expect(test.cluster.task("odd-10")?.runtime == nil)
        #expect(test.state("odd-10") == "SUCCESS")
        #expect(test.cluster.task("odd-11")?.signal == "15")
        #expect(test.state("odd-12") == "CANCELLED")
        #expect(test.cluster.task("odd-13")?.children == ["odd-13"])
        #expect(test.cluster.task("odd-a")?.children == ["odd-b"])
        #expect(test.cluster.task("odd-b")?.children == ["odd-a"])
        #expect(test.state("odd-14") == "SUCCESS")
        #expect(test.cluster.task("odd-14")?.started == 1_795_344_700)
        #expect(test.state("odd-15") == "STARTED")
        #expect(test.cluster.ingestStatus().duplicates == 1)
        let hosts = test.cluster.workers().map(\.hostname)
        #expect(hosts.contains("justname"))
        #expect(hosts.contains("wörker 1@höst"))
        #expect(hosts.contains("old@host"))
        #expect(!hosts.contains(""))
        #expect(test.cluster.worker("old@host")?.frequency == 60)
        let lost = test.cluster.ingestStatus().lostByReason
        #expect(lost["hostname"] == 1)
        #expect(lost["no_type"] == 1)
        #expect(lost["task_id"] == 1)
        #expect(lost["pickle"] == 1)
        #expect(lost["json"] == 1)
        #expect(test.cluster.ingestStatus().samples["json"]?.isEmpty == false)
    }

    @Test("Every event is counted once: by its type, or by why it is lost")
    func counting() {
        let test = ClusterUnderTest()
        test.take(
            #"[{"type": "task-started", "uuid": "t"}, {"type": "task-started"}, {"type": "task-started", "uuid": []}, 7]"#,
            #"[{"type": "worker-heartbeat"}, {"type": "worker-heartbeat", "hostname": ""}, {"clock": 1}]"#,
            #"{"type": "task-succeeded", "uuid": "t", "clock": "x", "runtime": "y"}"#, "nonsense")
        let status = test.cluster.ingestStatus()
        #expect(status.eventsByType == ["task-started": 1, "task-succeeded": 1])
        #expect(
            status.lostByReason == [
                "task_id": 2, "not_an_object": 2, "hostname": 2, "no_type": 1, "field": 2,
            ])
        #expect(status.samples["hostname"].map { String(decoding: $0.prefix(4), as: UTF8.self) } == "[{\"t")
        #expect(status.samples["field"].map { String(decoding: $0, as: UTF8.self) }?.hasSuffix("\"y\"}") == true)
    }

    @Test("Other broker settings lead to the same tasks", arguments: CapturedTraffic.variantNames)
    func variants(name: String) {
        let test = replay(CapturedTraffic.variant(name))
        let isReadable = name != "pickle" && name != "yaml"
        #expect(test.cluster.tasks(TaskQuery()).total == (isReadable ? 5 : 0))
        let lost = test.cluster.ingestStatus().lostByReason
        #expect(isReadable ? lost.isEmpty : lost[name, default: 0] >= 25)
    }
}
