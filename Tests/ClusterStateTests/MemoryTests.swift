import CeleryFixtures
import ClusterState
import Synchronization
import Testing

@Suite("Memory is bounded")
struct MemoryTests {
    @Test("The task that was quiet longest goes first, finished ones before running ones")
    func eviction() {
        let test = ClusterUnderTest(ClusterLimits(tasks: 3))
        test.task("started", "running", at: 1000)
        test.task("succeeded", "old", at: 1001)
        test.task("succeeded", "new", at: 1002)
        test.task("started", "x", at: 1003)
        #expect(Set(test.ids(TaskQuery())) == ["running", "new", "x"])
        #expect(test.cluster.ingestStatus().evictions == 1)
        test.task("failed", "new", at: 1004)
        test.task("started", "y", at: 1005)
        #expect(Set(test.ids(TaskQuery())) == ["running", "x", "y"])
        #expect(test.cluster.taskCounts() == ["STARTED": 3])
        // Nothing finished is left: the quietest running one goes.
        test.task("started", "z", at: 1006)
        #expect(Set(test.ids(TaskQuery())) == ["x", "y", "z"])
    }

    @Test("Tasks that never end do not push out all that have ended")
    func zombies() {
        let test = ClusterUnderTest(ClusterLimits(tasks: 100))
        for index in 0..<400 {
            test.task("started", "zombie\(index)", at: 1000)
            test.task("succeeded", "done\(index)", at: 1000)
        }
        let counts = test.cluster.taskCounts()
        #expect(counts["SUCCESS", default: 0] >= 25)
        #expect(counts["STARTED", default: 0] + counts["SUCCESS", default: 0] == 100)
    }

    @Test("Long texts are cut at a character and say so")
    func cut() throws {
        let test = ClusterUnderTest(ClusterLimits(textBytes: 10))
        test.task("received", at: 1000, #""args": "0123456789", "kwargs": "012345678é""#)
        test.task("failed", at: 1001, #""exception": "short""#)
        var task = try #require(test.cluster.task("t1"))
        #expect(task.args == "0123456789")
        #expect(task.kwargs == "012345678")
        #expect(task.textIsCut)
        test.task("received", "t2", at: 1000, #""args": "0123456789""#)
        task = try #require(test.cluster.task("t2"))
        #expect(!task.textIsCut)
    }

    @Test("State stays within its limit under any sizes of text", arguments: [1000, 5000, 60_000])
    func limit(size: Int) {
        let limit = 8 << 20
        let test = ClusterUnderTest(ClusterLimits(tasks: 1_000_000, memory: limit))
        var random = SeededRandom(seed: UInt64(size))
        var largest = 0
        for round in 0..<60_000_000 / size / 100 {
            let bodies = (0..<50).map { index in
                let text = String(repeating: "x", count: Int.random(in: 0...size * 2, using: &random))
                return Envelope.wrap(
                    """
                    [{"type": "task-received", "uuid": "t\(round * 50 + index)", "hostname": "w\(round % 7)@h", \
                    "timestamp": 1000, "name": "n", "args": "\(text)"}, {"type": "task-failed", \
                    "uuid": "t\(max(0, round * 50 + index - Int.random(in: 0 ..< 90, using: &random)))", \
                    "hostname": "w@h", "timestamp": 1001, "traceback": "\(text)", "exception": "E()"}]
                    """)
            }
            test.take(bodies)
            largest = max(largest, test.cluster.ingestStatus().stateBytes)
        }
        #expect(largest <= limit + limit / 16)
        let page = test.cluster.tasks(TaskQuery(limit: 20))
        #expect(page.total > 10)
        #expect(page.tasks.allSatisfy { $0.traceback.map { $0.utf8.allSatisfy { $0 == 0x78 } } ?? true })
    }

    @Test("A window of tasks over renamed workers, publishers and names does not grow")
    func soak() {
        let test = ClusterUnderTest(ClusterLimits(tasks: 1000, workers: 50))
        var sizes: [Int] = []
        for round in 0..<60 {
            test.now += 1
            let bodies = (0..<400).map { index in
                let id = round * 400 + index
                return Envelope.wrap(
                    """
                    [{"type": "task-sent", "uuid": "t\(id)", "hostname": "gen\(id)@h", "timestamp": 1000, \
                    "queue": "q", "exchange": "e\(id % 11)", "routing_key": "r", "root_id": "root\(id)"}, \
                    {"type": "task-received", "uuid": "t\(id)", "hostname": "w\(round)-\(index % 10)@h", \
                    "timestamp": 1001, "name": "n\(index % 20)", "args": "(\(id),)", "parent_id": "p\(id / 3)"}, \
                    {"type": "task-progress\(index % 5)", "uuid": "t\(id)", "hostname": "w\(round)-\(index % 10)@h", \
                    "timestamp": 1001.5}, \
                    {"type": "task-succeeded", "uuid": "t\(id)", "hostname": "w\(round)-\(index % 10)@h", \
                    "timestamp": 1002, "result": "\(id)", "runtime": 0.5}]
                    """)
            }
            test.take(bodies)
            sizes.append(test.cluster.ingestStatus().stateBytes)
        }
        #expect(test.cluster.tasks(TaskQuery()).total == 1000)
        #expect(test.cluster.workers().count == 50)
        #expect(test.cluster.taskCounts() == ["SUCCESS": 1000])
        let settled = sizes[20]
        #expect(sizes.suffix(10).allSatisfy { $0 <= settled + settled / 20 })
    }

    @Test("Holes between long-lived tasks are closed")
    func fragmentation() throws {
        let test = ClusterUnderTest(ClusterLimits(tasks: 5000))
        let text = String(repeating: "y", count: 500)
        for round in 0..<40 {
            let bodies = (0..<2000).map { index in
                // Every tenth task never ends; the others are pushed out by the bound in the long run.
                let type = index % 10 == 0 ? "started" : "succeeded"
                return Envelope.wrap(
                    """
                    {"type": "task-\(type)", "uuid": "t\(round * 500 + index)", "hostname": "w@h", \
                    "timestamp": \(1000 + round), "args": "\(text)\(round * 500 + index)"}
                    """)
            }
            test.take(bodies)
        }
        let page = test.cluster.tasks(TaskQuery())
        #expect(page.total == 5000)
        for task in page.tasks { #expect(task.args == text + task.uuid.dropFirst()) }
        // 5000 texts of about 510 bytes, rows and indexes; twice as much would be holes.
        #expect(test.cluster.ingestStatus().stateBytes < 8 << 20)
    }

    @Test("Mutated events change counters, never the reader's footing")
    func mutations() {
        var random = SeededRandom(seed: 99)
        let bodies = (CapturedTraffic.odd.map(\.message) + CapturedTraffic.small.filter(\.isEvent).prefix(400))
            .compactMap { Envelope.body(of: $0.payload) }
        let test = ClusterUnderTest(ClusterLimits(tasks: 300, workers: 20, memory: 4 << 20))
        for round in 0..<400 {
            var payloads: [[UInt8]] = []
            for _ in 0..<100 {
                var body = bodies[Int.random(in: bodies.indices, using: &random)]
                Mutation.mutate(&body, using: &random)
                payloads.append(Envelope.wrap(body))
            }
            test.take(payloads)
            if round % 40 == 0 {
                let page = test.cluster.tasks(TaskQuery())
                #expect(page.tasks.count == page.total)
                #expect(page.total <= 300)
                #expect(test.cluster.taskCounts().values.reduce(0, +) == page.total)
                #expect(test.cluster.workers().count <= 20)
            }
        }
        test.task("succeeded", "sound", at: 1000)
        #expect(test.state("sound") == "SUCCESS")
    }

    @Test("A text that many tasks share is kept once, and goes with the last of them")
    func sharedTexts() throws {
        let test = ClusterUnderTest(ClusterLimits(tasks: 2000))
        let traceback = String(repeating: "line é ", count: 1000)
        for round in 0..<3 {
            for index in 0..<2000 {
                test.task("failed", "t\(round)-\(index)", at: 1000, #""traceback": "\#(traceback)", "exception": "E""#)
            }
            #expect(test.cluster.ingestStatus().stateBytes < 2 << 20)
        }
        #expect(test.cluster.tasks(TaskQuery()).tasks.allSatisfy { $0.traceback == traceback })
        // Each of them ends once more, with a text of its own.
        for index in 0..<2000 {
            test.task("failed", "t2-\(index)", at: 1001, #""traceback": "other text \#(index)""#)
        }
        for index in 0..<2000 {
            #expect(test.cluster.task("t2-\(index)")?.traceback == "other text \(index)")
        }
        test.task("failed", "again", at: 1002, #""traceback": "\#(traceback)""#)
        #expect(test.cluster.task("again")?.traceback == traceback)
    }

    @Test("What the rest of the process takes is not there for the state", arguments: [64, 96, 120])
    func processLimit(overhead: Int) {
        let overhead = overhead << 20
        let resident = Mutex(overhead)
        let limit = 160 << 20
        let test = ClusterUnderTest(
            ClusterLimits(tasks: 1_000_000, memory: limit, process: limit), resident: { resident.withLock { $0 } })
        for round in 0..<24 {
            let bodies = (0..<100).map { index in
                Envelope.wrap(
                    """
                    {"type": "task-failed", "uuid": "t\(round)-\(index)", "hostname": "w@h", "timestamp": 1000, \
                    "traceback": "\(round)-\(index)-\(String(repeating: "x", count: 60_000))"}
                    """)
            }
            test.take(bodies)
            let state = test.cluster.ingestStatus().stateBytes
            resident.withLock { $0 = overhead + state }
            #expect(overhead + state <= limit + limit / 20)
        }
        // What is left is used.
        #expect(overhead + test.cluster.ingestStatus().stateBytes > limit * 3 / 4)
        #expect(test.cluster.ingestStatus().evictions > 0)
    }

    @Test("A large answer on its way out costs no task: the least that was measured lately counts")
    func passingOverhead() {
        let resident = Mutex(50)
        var memory = ResidentMemory(measure: { resident.withLock { $0 } })
        func overhead(at moment: Double) -> Int? {
            let isNew = memory.look(state: 10, at: moment)
            return isNew ? memory.overhead : nil
        }
        #expect(overhead(at: 0) == 40)
        resident.withLock { $0 = 500 }
        // Too soon for another look.
        #expect(overhead(at: 0.01) == nil)
        for step in 1..<10 { #expect(overhead(at: Double(step)) == 40) }
        // It stays: then it counts.
        #expect(overhead(at: 10) == 490)
        resident.withLock { $0 = 60 }
        #expect(overhead(at: 11) == 50)
    }

    @Test("The process's own size can be read")
    func ownSize() throws {
        let size = try #require(ResidentMemory.ofProcess())
        #expect(size > 1 << 20 && size < 1 << 40)
    }
}
