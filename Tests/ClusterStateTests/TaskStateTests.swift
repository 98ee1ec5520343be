import ClusterState
import Testing

@Suite("The state of a task")
struct TaskStateTests {
    /// Events as `type` or `type/retries`, one a second.
    private func state(after events: String) -> String? {
        let test = ClusterUnderTest()
        for (second, event) in events.split(separator: " ").enumerated() {
            let parts = event.split(separator: "/")
            let retries = parts.count > 1 ? #""retries": \#(parts[1])"# : ""
            test.task(String(parts[0]), at: 1000 + Double(second), retries)
        }
        return test.state()
    }

    @Test(
        "Events in any order lead to one state",
        arguments: [
            ("sent", "PENDING"), ("sent received", "RECEIVED"), ("sent received started", "STARTED"),
            ("sent received/0 started succeeded", "SUCCESS"), ("received started failed", "FAILURE"),
            // A stronger state stays.
            ("failed succeeded", "SUCCESS"), ("succeeded failed", "SUCCESS"), ("revoked succeeded", "SUCCESS"),
            ("succeeded started", "SUCCESS"), ("failed started", "FAILURE"), ("started rejected", "STARTED"),
            ("failed rejected", "FAILURE"), ("sent rejected", "REJECTED"), ("received revoked", "REVOKED"),
            ("sent revoked", "REVOKED"), ("sent failed", "FAILURE"), ("failed failed", "FAILURE"),
            // Custom states are between FAILURE and REVOKED.
            ("progress started", "PROGRESS"), ("started progress succeeded", "SUCCESS"),
            ("succeeded progress", "SUCCESS"), ("started progress failed", "FAILURE"),
            // A late task-sent changes nothing.
            ("started sent", "STARTED"), ("retried sent", "RETRY"), ("rejected sent", "REJECTED"),
            // Retries in both orders of arrival.
            ("received/0 started retried received/1 started succeeded", "SUCCESS"),
            ("received/0 started retried", "RETRY"), ("received/0 started retried received/1", "RECEIVED"),
            ("received/0 started received/1 retried", "RECEIVED"),
            ("received/0 started received/1 retried started", "STARTED"),
            ("received/0 started received/1 started retried", "STARTED"),
            ("received/0 started received/1 retried started received/2 retried started failed", "FAILURE"),
            ("received/3 started retried", "RETRY"),
            ("succeeded retried", "SUCCESS"), ("failed retried", "FAILURE"), ("revoked retried", "REVOKED"),
            // Requeue and redelivery.
            ("received/0 started rejected received/0 started succeeded", "SUCCESS"),
            ("received/0 started received/0", "STARTED"),
            ("received/0 started succeeded received/0", "RECEIVED"), ("failed received/1", "RECEIVED"),
        ])
    func order(events: String, expected: String) {
        #expect(state(after: events) == expected)
    }

    @Test("What has ended only starts again with an event that is later")
    func lateReceived() {
        let test = ClusterUnderTest()
        test.task("succeeded", at: 1010, #""result": "1""#)
        test.task("received", at: 1005, #""name": "n", "args": "(1,)""#)
        #expect(test.state() == "SUCCESS")
        #expect(test.cluster.task("t1")?.name == "n")
        #expect(test.cluster.task("t1")?.args == "(1,)")
        #expect(test.cluster.task("t1")?.received == 1005)
        #expect(test.cluster.task("t1")?.timestamp == 1010)
        test.task("received", at: 1011)
        #expect(test.state() == "RECEIVED")
    }

    @Test("A late task-sent fills what is unknown and overwrites nothing")
    func lateSent() throws {
        let test = ClusterUnderTest()
        test.task("received", at: 1001, #""name": "shadow", "args": "(1,)", "retries": 0, "clock": 7"#)
        test.task(
            "sent", at: 1000, on: "gen1@h",
            #""name": "real", "args": "(2,)", "kwargs": "{}", "queue": "q", "exchange": "", "routing_key": "rk", "clock": 1"#
        )
        let task = try #require(test.cluster.task("t1"))
        #expect(task.state == .received)
        #expect(task.timestamp == 1001)
        #expect(task.name == "shadow")
        #expect(task.args == "(1,)")
        #expect(task.kwargs == "{}")
        #expect(task.sent == 1000)
        #expect(task.client == "gen1@h")
        #expect(task.worker == "w1@h")
        #expect(task.clock == 7)
        #expect(task.queue == "q")
        #expect(task.exchange == "")
        #expect(task.routingKey == "rk")
    }

    @Test("Every time is kept, also of several endings")
    func times() throws {
        let test = ClusterUnderTest()
        for (index, type) in ["sent", "received", "started", "rejected", "retried", "failed", "revoked", "succeeded"]
            .enumerated()
        {
            test.task(type, at: 1000 + Double(index))
        }
        let task = try #require(test.cluster.task("t1"))
        #expect(
            [
                task.sent, task.received, task.started, task.rejected, task.retried, task.failed, task.revoked,
                task.succeeded,
            ]
                == [1000, 1001, 1002, 1003, 1004, 1005, 1006, 1007])
        #expect(task.state == .success)
        #expect(task.timestamp == 1007)
    }

    @Test("The same event twice counts once")
    func duplicates() {
        let test = ClusterUnderTest()
        for _ in 0..<2 {
            test.task("received", at: 1000, #""name": "n", "retries": 0"#)
            test.task("started", at: 1001)
            test.task("retried", at: 1002, #""exception": "E()""#)
        }
        #expect(test.cluster.task("t1")?.attempts.count == 1)
        #expect(test.cluster.ingestStatus().duplicates == 3)
        #expect(test.cluster.metrics().events.allSatisfy { $0.count == 1 })
        #expect(test.cluster.metrics().statesEntered.allSatisfy { $0.count == 1 })
    }

    @Test("The first attempt and the newest are kept when there are very many")
    func manyAttempts() throws {
        let test = ClusterUnderTest()
        for attempt in 0..<40 {
            test.task("received", at: 1000 + Double(attempt), #""retries": \#(attempt)"#)
            test.task("retried", at: 1000.5 + Double(attempt), #""exception": "E(\#(attempt))", "traceback": "T""#)
        }
        let attempts = try #require(test.cluster.task("t1")?.attempts)
        #expect(attempts.count == 16)
        #expect(attempts.first?.exception == "E(0)")
        #expect(attempts.last == TaskAttempt(time: 1039.5, exception: "E(39)", traceback: "T", worker: "w1@h"))
        #expect(attempts[1].exception == "E(25)")
        #expect(test.cluster.task("t1")?.retries == 39)
    }

    @Test("A revocation tells how")
    func revocation() throws {
        let test = ClusterUnderTest()
        test.task("revoked", at: 1000, #""terminated": true, "signum": 15, "expired": false"#)
        let task = try #require(test.cluster.task("t1"))
        #expect(task.isTerminated == true)
        #expect(task.isExpired == false)
        #expect(task.signal == "15")
    }

    @Test("A null ETA of a new attempt takes the old one away")
    func clearedETA() {
        let test = ClusterUnderTest()
        test.task("received", at: 1000, #""retries": 0, "eta": "2026-01-01T00:00:00+00:00", "args": "()""#)
        test.task("received", at: 1001, #""retries": 1, "eta": null, "args": "()""#)
        #expect(test.cluster.task("t1")?.eta == nil)
        #expect(test.cluster.task("t1")?.args == "()")
    }

    @Test("Children are linked whichever comes first, and leave with their task")
    func children() {
        let test = ClusterUnderTest(ClusterLimits(tasks: 4))
        test.task("received", "c1", at: 1000, #""parent_id": "p""#)
        test.task("received", "p", at: 1001)
        test.task("received", "c2", at: 1002, #""parent_id": "p""#)
        test.task("received", "c3", at: 1003, #""parent_id": "p""#)
        #expect(test.cluster.task("p")?.children == ["c3", "c2", "c1"])
        test.task("received", "x", at: 1004)
        #expect(test.cluster.task("p")?.children == ["c3", "c2"])
        test.task("received", "c3", at: 1005, #""parent_id": "x""#)
        #expect(test.cluster.task("p")?.children == ["c2"])
        #expect(test.cluster.task("x")?.children == ["c3"])
    }

    @Test("Thousands of children are listed, the newest first")
    func manyChildren() {
        let test = ClusterUnderTest()
        test.task("received", "p", at: 1000)
        for index in 0..<2500 { test.task("received", "c\(index)", at: 1000, #""parent_id": "p""#) }
        #expect(test.cluster.task("p")?.children == (0..<2500).reversed().map { "c\($0)" })
        let page = test.cluster.tasks(TaskQuery())
        #expect(page.tasks.count == 2501)
        #expect(page.tasks.first { $0.uuid == "p" }?.children.count == 1000)
    }

    @Test("An event type without a word names no state")
    func wordlessType() {
        let test = ClusterUnderTest()
        test.task("started", at: 1000)
        test.task("", at: 1001, #""name": "n""#)
        #expect(test.state() == "STARTED")
        #expect(test.cluster.task("t1")?.name == "n")
    }

    @Test(
        "Ids are kept as they are written",
        arguments: [
            "00000000-0000-0000-0000-000000000000", "ffffffff-ffff-ffff-ffff-ffffffffffff",
            "ABCDEF01-2345-6789-ABCD-EF0123456789", "abcdef01-2345-6789-abcd-ef0123456789", "order 17/ü",
            "abcdef01-2345-6789-abcd-ef012345678g", "abcdef01_2345_6789_abcd_ef0123456789",
            "ffffffff-ffff-ffff-0000-000000000001",
        ])
    func ids(id: String) {
        let test = ClusterUnderTest()
        test.task("received", id, at: 1000, #""root_id": "\#(id)", "parent_id": "\#(id)""#)
        test.task("started", id, at: 1001)
        let task = test.cluster.task(id)
        #expect(task?.uuid == id)
        #expect(task?.state == .started)
        #expect(task?.rootID == id)
        #expect(task?.parentID == id)
        #expect(task?.children == [id])
        #expect(test.cluster.task(id + "x") == nil)
        #expect(test.cluster.tasks(TaskQuery()).total == 1)
    }

    @Test("A worker is counted for the states its tasks enter, once each")
    func statesEntered() {
        let test = ClusterUnderTest()
        test.task("received", at: 1000, #""name": "n", "retries": 0"#)
        test.task("started", at: 1001)
        test.task("received", at: 1002, #""retries": 1"#)
        test.task("retried", at: 1002.1)
        test.task("started", at: 1003)
        test.task("failed", at: 1004)
        test.task("failed", at: 1004.1)
        let entered = Dictionary(
            uniqueKeysWithValues: test.cluster.metrics().statesEntered.map { ($0.state, $0.count) })
        #expect(entered == ["RECEIVED": 2, "STARTED": 2, "RETRY": 1, "FAILURE": 1])
    }
}
