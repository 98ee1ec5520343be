import CeleryFixtures
import ClusterState
import Testing

@Suite("Changes for whoever keeps tasks")
struct TaskChangesTests {
    @Test("Nothing is noted before somebody asks for it")
    func off() {
        let test = ClusterUnderTest()
        test.task("received", at: 1001)
        #expect(test.cluster.takeChanges(limit: 10).tasks.isEmpty)
    }

    @Test("Many events of a task are one change, with the newest state")
    func once() {
        let test = ClusterUnderTest()
        test.cluster.keepChanges()
        test.task("received", at: 1001, #""name": "a""#)
        test.task("started", at: 1002)
        test.task("succeeded", at: 1003, #""result": "1""#)
        let changes = test.cluster.takeChanges(limit: 10)
        #expect(changes.tasks.map(\.task.state) == [.success])
        #expect(changes.tasks.first?.isFirst == true)
        #expect(changes.steps.isEmpty)
        #expect(changes.waiting == 0)
        #expect(test.cluster.takeChanges(limit: 10).tasks.isEmpty)
        test.task("succeeded", at: 1003, #""result": "1""#)
        #expect(test.cluster.takeChanges(limit: 10).tasks.isEmpty, "the same event again")
        test.task("retried", at: 1004)
        #expect(test.cluster.takeChanges(limit: 10).tasks.map(\.isFirst) == [false])
    }

    @Test("What does not fit in one look waits for the next, and nothing is taken twice")
    func slices() {
        let test = ClusterUnderTest()
        test.cluster.keepChanges()
        for number in 0..<500 { test.task("received", "t\(number)", at: 1000 + Double(number)) }
        var seen: [String] = []
        var changes = test.cluster.takeChanges(limit: 70)
        #expect(changes.waiting == 430)
        while !changes.tasks.isEmpty {
            seen += changes.tasks.map(\.task.uuid)
            changes = test.cluster.takeChanges(limit: 70)
        }
        #expect(seen.sorted() == (0..<500).map { "t\($0)" }.sorted())
    }

    @Test("Times that a later attempt overwrites are kept as steps")
    func steps() {
        let test = ClusterUnderTest()
        test.cluster.keepChanges()
        test.task("received", at: 1001, on: "w1@h", #""retries": 0"#)
        test.task("started", at: 1002, on: "w1@h")
        test.task("retried", at: 1003, on: "w1@h")
        test.task("received", at: 1004, on: "w2@h", #""retries": 1"#)
        test.task("started", at: 1005, on: "w2@h")
        test.task("progress", at: 1006, on: "w2@h")
        let changes = test.cluster.takeChanges(limit: 10)
        #expect(
            changes.steps == [
                TaskStep(uuid: "t1", state: .received, time: 1001, worker: "w1@h"),
                TaskStep(uuid: "t1", state: .started, time: 1002, worker: "w1@h"),
                TaskStep(uuid: "t1", state: .custom("PROGRESS"), time: 1006, worker: "w2@h"),
            ])
    }

    @Test("Tasks with long texts are taken a few megabytes at a time")
    func longTexts() {
        let test = ClusterUnderTest()
        test.cluster.keepChanges()
        let long = String(repeating: "x", count: 60_000)
        for number in 0..<400 {
            test.task("received", "t\(number)", at: 1000, on: "w1@h", "\"args\": \"\(number) \(long)\"")
        }
        var taken = 0
        var rounds = 0
        var changes = TaskChanges()
        repeat {
            changes = test.cluster.takeChanges(limit: 100_000)
            taken += changes.tasks.count
            rounds += 1
            #expect(changes.bytes < 16 << 20)
        } while changes.isFull
        #expect(taken == 400 && rounds > 2)
    }

    @Test("A task that has to leave memory is kept until it is taken, and counted when there is no room")
    func evicted() {
        let test = ClusterUnderTest(ClusterLimits(tasks: 4))
        test.cluster.keepChanges()
        for number in 0..<10 { test.task("succeeded", "t\(number)", at: 1000 + Double(number)) }
        var changes = test.cluster.takeChanges(limit: 100)
        #expect(Set(changes.tasks.map(\.task.uuid)) == Set((0..<10).map { "t\($0)" }))
        #expect(changes.tasks.allSatisfy { $0.isFirst })
        #expect(changes.spilled == 0)
        for number in 10..<20_010 { test.task("succeeded", "t\(number)", at: 1000 + Double(number)) }
        var taken = 0
        repeat {
            changes = test.cluster.takeChanges(limit: 100_000)
            taken += changes.tasks.count
        } while changes.isFull
        #expect(taken + Int(changes.spilled) == 20_000)
        #expect(changes.spilled > 0)
    }

    @Test("Tells which tasks are in memory")
    func known() {
        let test = ClusterUnderTest()
        test.task("received", "here", at: 1001)
        #expect(test.cluster.known(of: ["here", "gone"]) == ["here"])
    }
}
