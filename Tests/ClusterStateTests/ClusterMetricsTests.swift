import CeleryProtocol
import ClusterState
import Testing

@Suite("What is counted")
struct ClusterMetricsTests {
    @Test("Task events are counted by worker, type and name; publishers share one label")
    func events() {
        let test = ClusterUnderTest()
        test.task("sent", "a", at: 1000, on: "gen1@h", #""name": "n""#)
        test.task("sent", "b", at: 1000, on: "gen2@h", #""name": "n""#)
        test.task("received", "a", at: 1001, #""name": "n""#)
        test.task("started", "a", at: 1002)
        test.task("progress", "a", at: 1003)
        test.worker("heartbeat")
        let counts = test.cluster.metrics().events.map { "\($0.worker) \($0.type) \($0.task) \($0.count)" }
        #expect(
            Set(counts) == [
                "publisher task-sent n 2", "w1@h task-received n 1", "w1@h task-started n 1", "w1@h task-progress n 1",
            ])
        #expect(test.cluster.metrics().events.allSatisfy { $0.created == 1000 })
    }

    @Test("Runtimes fall into their buckets")
    func runtimes() throws {
        let test = ClusterUnderTest(ClusterLimits(runtimeBounds: [0.1, 1]))
        for (index, runtime) in [0.05, 0.1, 0.5, 1.0, 7.0, 0.0].enumerated() {
            test.task("received", "t\(index)", at: 1000, #""name": "n""#)
            test.task("succeeded", "t\(index)", at: 1001, #""runtime": \#(runtime)"#)
        }
        let metrics = test.cluster.metrics()
        let histogram = try #require(metrics.runtimes.first)
        #expect(metrics.runtimes.count == 1)
        #expect(metrics.runtimeBounds == [0.1, 1])
        #expect(histogram.worker == "w1@h")
        #expect(histogram.task == "n")
        #expect(histogram.buckets == [2, 2, 1])
        #expect(abs(histogram.sum - 8.65) < 1e-9)
    }

    @Test("A task is prefetched from received to started, unless it waits for its ETA")
    func prefetch() throws {
        let test = ClusterUnderTest()
        func gauge() -> (Int, Double)? { test.cluster.metrics().prefetches.first.map { ($0.tasks, $0.seconds) } }
        test.task("received", "eta", at: 1000, #""name": "n", "eta": "2026-01-01""#)
        #expect(gauge() == nil)
        test.task("received", "a", at: 1000, #""name": "n""#)
        test.task("received", "b", at: 1000, #""name": "n""#)
        #expect(gauge()?.0 == 2)
        test.task("started", "a", at: 1000.5)
        #expect(gauge()?.0 == 1)
        #expect(gauge()?.1 == 0.5)
        test.task("succeeded", "a", at: 1001)
        #expect(gauge()?.0 == 1)
        #expect(gauge()?.1 == 0)
        test.task("revoked", "b", at: 1002)
        #expect(gauge()?.0 == 0)
    }

    @Test("A prefetched task that another worker takes over counts there")
    func takenOver() {
        let test = ClusterUnderTest()
        test.task("received", at: 1000, on: "dead@h", #""name": "n", "retries": 0"#)
        test.task("received", at: 1001, on: "live@h", #""name": "n", "retries": 0"#)
        let tasks = Dictionary(uniqueKeysWithValues: test.cluster.metrics().prefetches.map { ($0.worker, $0.tasks) })
        #expect(tasks == ["dead@h": 0, "live@h": 1])
    }

    @Test("Series are bounded, and what is beyond is counted together")
    func seriesBound() {
        let test = ClusterUnderTest()
        for index in 0..<25_000 {
            test.task("started", "t\(index)", at: Double(index), #""name": "name\#(index)""#)
        }
        let metrics = test.cluster.metrics()
        #expect(metrics.events.count == 20_001)
        #expect(metrics.events.reduce(0) { $0 + $1.count } == 25_000)
        #expect(metrics.events.first { $0.task == "other" && $0.worker == "other" }?.count == 5000)
        #expect(test.cluster.taskTypes().count == 10_000)
        #expect(metrics.statesEntered.count == 5001)
    }

    @Test("Gaps are kept, the newest hundred, and an open one is closed in place")
    func gaps() {
        let test = ClusterUnderTest()
        test.cluster.record(gap: EventGap(start: 1, reason: .disconnected))
        test.cluster.record(gap: EventGap(start: 1, end: 2, reason: .disconnected))
        #expect(test.cluster.ingestStatus().gaps == [EventGap(start: 1, end: 2, reason: .disconnected)])
        #expect(test.cluster.ingestStatus().gapsByReason == [.disconnected: 1])
        for start in 2..<150 {
            test.cluster.record(gap: EventGap(start: Double(start), end: Double(start), reason: .overrun))
        }
        #expect(test.cluster.ingestStatus().gaps.count == 100)
        #expect(test.cluster.ingestStatus().gapsByReason == [.disconnected: 1, .overrun: 148])
        #expect(test.cluster.ingestStatus().gaps.last?.start == 149)
    }

    @Test("Lag is the age of the newest event when its batch is done")
    func lag() {
        let test = ClusterUnderTest()
        #expect(test.cluster.ingestStatus().lastEventAt == nil)
        test.task("started", at: 997.5)
        #expect(test.cluster.ingestStatus().lagSeconds == 2.5)
        #expect(test.cluster.ingestStatus().lastEventAt == 1000)
        test.task("started", "future", at: 2000)
        #expect(test.cluster.ingestStatus().lagSeconds == 0)
    }

    @Test("Revisions grow with what they stand for")
    func revisions() throws {
        let test = ClusterUnderTest()
        let start = test.cluster.revision
        test.task("sent", at: 1000, on: "gen1@h")
        #expect(test.cluster.revision > start)
        #expect(test.cluster.workersRevision == 0)
        let first = try #require(test.cluster.task("t1")?.revision)
        test.worker("heartbeat")
        #expect(test.cluster.workersRevision > 0)
        #expect(test.cluster.task("t1")?.revision == first)
        test.task("started", at: 1001)
        #expect(try #require(test.cluster.task("t1")?.revision) > first)
        #expect(test.cluster.revision >= (test.cluster.task("t1")?.revision ?? .max))
    }
}
