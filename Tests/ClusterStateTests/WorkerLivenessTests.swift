import ClusterState
import Testing

@Suite("Whether a worker is alive")
struct WorkerLivenessTests {
    @Test("Alive for twice its frequency after the last heartbeat, by the local clock")
    func window() {
        let test = ClusterUnderTest()
        test.worker("online")
        #expect(test.cluster.worker("w1@h")?.isAlive == true)
        test.now = 1003.9
        #expect(test.cluster.worker("w1@h")?.isAlive == true)
        test.now = 1004.1
        #expect(test.cluster.worker("w1@h")?.isAlive == false)
        test.worker("heartbeat")
        #expect(test.cluster.worker("w1@h")?.isAlive == true)
        #expect(test.cluster.worker("w1@h")?.heartbeats == [1000, 1004.1])
    }

    @Test("A goodbye ends it at once, and late task events do not undo it")
    func offline() throws {
        let test = ClusterUnderTest()
        test.worker("online")
        test.worker("offline")
        #expect(test.cluster.worker("w1@h")?.isAlive == false)
        test.task("succeeded", at: 1001)
        let worker = try #require(test.cluster.worker("w1@h"))
        #expect(!worker.isAlive)
        #expect(worker.heartbeats.isEmpty)
        #expect(worker.eventCounts == ["worker-online": 1, "worker-offline": 1, "task-succeeded": 1])
        test.worker("online")
        #expect(test.cluster.worker("w1@h")?.isAlive == true)
    }

    @Test("A task event counts as a heartbeat of a worker that only speaks through tasks")
    func taskEvents() {
        let test = ClusterUnderTest()
        test.task("started", at: 1000)
        #expect(test.cluster.worker("w1@h")?.frequency == 60)
        test.now = 1119
        #expect(test.cluster.worker("w1@h")?.isAlive == true)
        test.now = 1121
        #expect(test.cluster.worker("w1@h")?.isAlive == false)
    }

    @Test("A requested heartbeat changes the window until the next regular one, and keeps the figures")
    func requestedHeartbeat() throws {
        let test = ClusterUnderTest()
        test.worker("heartbeat", "w1@h", #""freq": 2.0, "active": 3, "processed": 9, "loadavg": [1, 2, 3]"#)
        test.worker("heartbeat", "w1@h", #""freq": 5"#)
        let worker = try #require(test.cluster.worker("w1@h"))
        #expect(worker.frequency == 5)
        #expect(worker.active == 3)
        #expect(worker.processed == 9)
        #expect(worker.loadAverage == [1, 2, 3])
    }

    @Test("Whoever looks at the revision learns that a worker fell silent")
    func silence() {
        let test = ClusterUnderTest()
        test.worker("online")
        let alive = test.cluster.workersRevision
        test.now = 1003
        #expect(test.cluster.workersRevision == alive)
        test.now = 1005
        #expect(test.cluster.workersRevision > alive)
        let dead = test.cluster.workersRevision
        test.now = 1100
        #expect(test.cluster.workersRevision == dead)
    }

    @Test("A clock that is set back or forth keeps no dead worker alive")
    func clockJumps() {
        let test = ClusterUnderTest(at: 100_000)
        test.worker("heartbeat")
        test.now = 100_000 - 86_400
        #expect(test.cluster.worker("w1@h")?.isAlive == false)
        test.worker("heartbeat")
        #expect(test.cluster.worker("w1@h")?.isAlive == true)
        #expect(test.cluster.worker("w1@h")?.heartbeats == [13_600])
        test.now += 86_400
        #expect(test.cluster.worker("w1@h")?.isAlive == false)
        test.worker("heartbeat")
        #expect(test.cluster.worker("w1@h")?.isAlive == true)
    }

    @Test("Elections and goodbyes of strangers make no worker alive")
    func elections() {
        let test = ClusterUnderTest()
        test.worker("offline", "stranger@h")
        #expect(test.cluster.workers().isEmpty)
        test.worker("elect", "w1@h", #""id": "x", "topic": "t", "action": {}, "cver": 1"#)
        #expect(test.cluster.worker("w1@h")?.isAlive == false)
    }

    @Test("Publishers are no workers")
    func publishers() {
        let test = ClusterUnderTest()
        test.task("sent", at: 1000, on: "gen1@h")
        #expect(test.cluster.workers().isEmpty)
    }

    @Test("The worker that was quiet longest makes room, and its series go with it")
    func bound() {
        let test = ClusterUnderTest(ClusterLimits(workers: 2))
        for (index, host) in ["a@h", "b@h", "c@h"].enumerated() {
            test.now = 1000 + Double(index)
            test.task("started", "t\(index)", at: test.now, on: host)
        }
        #expect(test.cluster.workers().map(\.hostname) == ["b@h", "c@h"])
        #expect(Set(test.cluster.metrics().events.map(\.worker)) == ["b@h", "c@h"])
    }

    @Test(
        "Of many workers, heard in any order and some at once, exactly the quietest make room", arguments: [3, 64, 500])
    func quietest(capacity: Int) {
        let test = ClusterUnderTest(ClusterLimits(workers: capacity))
        // Heard in a scattered order, three at each moment.
        let order = (0..<capacity).map { $0 * 7919 % capacity }
        let seen = Dictionary(order.enumerated().map { ($1, 1000 + Double($0 / 3)) }) { first, _ in first }
        for (index, host) in order.enumerated() {
            test.now = 1000 + Double(index / 3)
            test.worker("heartbeat", "w\(host)@h")
        }
        test.now = 5000
        test.worker("heartbeat", "new@h")
        let names = Set(test.cluster.workers().map(\.hostname))
        let gone = (0..<capacity).filter { !names.contains("w\($0)@h") }
        #expect(gone.count == max(1, capacity / 64))
        #expect(names.contains("new@h"))
        let latestGone = gone.compactMap { seen[$0] }.max() ?? .infinity
        let earliestKept = (0..<capacity).filter { names.contains("w\($0)@h") }.compactMap { seen[$0] }.min() ?? 0
        #expect(latestGone <= earliestKept)
    }

    @Test("Two workers with one name are one row: it is alive while either speaks, until either says goodbye")
    func equalNames() throws {
        let test = ClusterUnderTest()
        test.worker("online", "w1@h", #""freq": 2.0, "pid": 1, "sw_ver": "5.4""#)
        test.worker("online", "w1@h", #""freq": 2.0, "pid": 2, "sw_ver": "5.5""#)
        test.now = 1003
        test.worker("heartbeat", "w1@h", #""freq": 2.0, "pid": 1, "processed": 4, "sw_ver": "5.4""#)
        #expect(test.cluster.workers().count == 1)
        var worker = try #require(test.cluster.worker("w1@h"))
        #expect(worker.isAlive)
        #expect(worker.pid == 1)
        #expect(worker.eventCounts == ["worker-online": 2, "worker-heartbeat": 1])
        test.worker("offline", "w1@h", #""freq": 2.0, "pid": 1"#)
        #expect(test.cluster.worker("w1@h")?.isAlive == false)
        test.now = 1004
        test.worker("heartbeat", "w1@h", #""freq": 2.0, "pid": 2, "sw_ver": "5.5""#)
        worker = try #require(test.cluster.worker("w1@h"))
        #expect(worker.isAlive)
        #expect(worker.softwareVersion == "5.5")
    }

    @Test("Workers whose clocks are a day wrong are as alive as others", arguments: [-86_400.0, 86_400])
    func wrongClocks(by offset: Double) {
        let test = ClusterUnderTest(at: 1_000_000)
        test.take(
            #"{"type": "worker-heartbeat", "hostname": "w1@h", "timestamp": \#(test.now + offset), "freq": 2.0}"#)
        test.task("started", "t1", at: test.now + offset)
        #expect(test.cluster.worker("w1@h")?.isAlive == true)
        #expect(test.state() == "STARTED")
        test.now += 5
        #expect(test.cluster.worker("w1@h")?.isAlive == false)
    }

    @Test("Workers that have been gone for long are hidden when asked for")
    func purge() {
        let test = ClusterUnderTest(ClusterLimits(purgeOfflineWorkers: 100))
        test.worker("online", "gone@h")
        test.task("started", at: 1000, on: "gone@h")
        test.now = 1090
        test.worker("online")
        #expect(test.cluster.workers().count == 2)
        test.now = 1101
        #expect(test.cluster.workers().map(\.hostname) == ["w1@h"])
        #expect(test.cluster.metrics().events.isEmpty)
    }
}
