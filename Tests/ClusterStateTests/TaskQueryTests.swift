import CeleryFixtures
import ClusterState
import Testing

@Suite("Asking for tasks")
struct TaskQueryTests {
    @Test("The newest come first, ties by id, both descending")
    func defaultOrder() {
        let test = ClusterUnderTest()
        test.task("received", "b", at: 1000)
        test.task("received", "c", at: 1002)
        test.task("received", "a", at: 1000)
        test.task("started", "b", at: 1003)
        test.task("received", "d", at: 1002)
        #expect(test.ids(TaskQuery()) == ["b", "d", "c", "a"])
        #expect(test.ids(TaskQuery(offset: 1, limit: 2)) == ["d", "c"])
        #expect(test.ids(TaskQuery(descending: false)) == ["a", "c", "d", "b"])
        #expect(test.ids(TaskQuery(offset: 9)) == [])
        #expect(test.ids(TaskQuery(limit: 0)) == [])
        #expect(test.ids(TaskQuery(offset: -3, limit: 1)) == ["b"])
        #expect(test.ids(TaskQuery(limit: -1)) == [])
        #expect(test.cluster.tasks(TaskQuery(limit: 1)).matched == 4)
    }

    @Test("Filters compare whole values without regard to case")
    func filters() {
        let test = ClusterUnderTest()
        test.task("received", "a", at: 1000, on: "W1@h", #""name": "tasks.Add""#)
        test.task("started", "b", at: 1001, on: "w2@h", #""name": "tasks.add2""#)
        var query = TaskQuery()
        query.worker = "w1@H"
        #expect(test.ids(query) == ["a"])
        query = TaskQuery()
        query.name = "TASKS.ADD"
        #expect(test.ids(query) == ["a"])
        query.name = "tasks"
        #expect(test.ids(query) == [])
        query = TaskQuery()
        query.state = "started"
        #expect(test.ids(query) == ["b"])
        // Never received: passes both ends.
        query = TaskQuery()
        query.receivedAfter = 1000
        #expect(test.ids(query) == ["b", "a"])
        query.receivedAfter = 1000.5
        #expect(test.ids(query) == ["b"])
        query.receivedAfter = nil
        query.receivedBefore = 999
        #expect(test.ids(query) == ["b"])
        query.receivedBefore = 1000
        #expect(test.ids(query) == ["b", "a"])
    }

    @Test("Every column sorts both ways, absent values first", arguments: TaskQuery.SortKey.allCases)
    func sorting(key: TaskQuery.SortKey) {
        let test = ClusterUnderTest()
        test.task(
            "received", "x", at: 1000, on: "a@h",
            #""name": "Alpha", "args": "(1,)", "kwargs": "{1}", "retries": 1, "eta": "1", "expires": "1", "clock": 1"#)
        test.task(
            "received", "y", at: 1001, on: "B@h",
            #""name": "beta", "args": "(2,)", "kwargs": "{2}", "retries": 2, "eta": "2", "expires": "2", "clock": 2"#)
        for (index, id) in ["x", "y"].enumerated() {
            let time = 1010 + Double(index)
            let host = index == 0 ? "a@h" : "B@h"
            test.task(
                "sent", id, at: time, on: host, #""exchange": "\#(index)", "routing_key": "\#(index)", "queue": "q""#)
            test.task("started", id, at: time + 10, on: host)
            test.task("retried", id, at: time + 20, on: host)
            test.task("rejected", id, at: time + 30, on: host)
            test.task("failed", id, at: time + 40, on: host, #""exception": "E\#(index)""#)
            test.task("revoked", id, at: time + 50, on: host)
        }
        // Both succeed in the end, but for the order of states.
        test.task("succeeded", "x", at: 1070, on: "a@h", #""result": "1", "runtime": 1"#)
        test.task("succeeded", "y", at: 1071, on: "B@h", #""result": "2", "runtime": 2"#)
        #expect(test.ids(TaskQuery(sortKey: key, descending: false)) == ["x", "y"])
        #expect(test.ids(TaskQuery(sortKey: key)) == ["y", "x"])
        test.task("zzz", "0", at: 900, on: "")
        let absentFirst = test.ids(TaskQuery(sortKey: key, descending: false))
        #expect(absentFirst == (key == .state ? ["x", "y", "0"] : ["0", "x", "y"]))
    }

    @Test("The first of many are the same with and without a limit")
    func selection() {
        let test = ClusterUnderTest()
        var random = SeededRandom(seed: 1)
        for index in 0..<3000 {
            let time = 1000 + Double(Int.random(in: 0..<500, using: &random))
            test.task("received", "id-\(index)", at: time, #""name": "n\#(Int.random(in: 0 ..< 40, using: &random))""#)
        }
        for key in [TaskQuery.SortKey.timestamp, .name, .uuid, .worker] {
            for descending in [true, false] {
                let all = test.ids(TaskQuery(sortKey: key, descending: descending))
                #expect(Set(all).count == 3000)
                let some = test.ids(TaskQuery(sortKey: key, descending: descending, offset: 70, limit: 100))
                #expect(some == Array(all[70..<170]))
            }
        }
    }

    @Test("Readers and the writer work at the same time, and every answer is whole")
    func concurrency() async {
        let test = ClusterUnderTest(ClusterLimits(tasks: 500))
        await withTaskGroup(of: Void.self) { group in
            group.addTask {
                for round in 0..<300 {
                    let bodies = (0..<20).map { index in
                        let id = "t\(round * 20 + index)"
                        return Envelope.wrap(
                            """
                            [{"type": "task-received", "uuid": "\(id)", "hostname": "w@h", "timestamp": \(round), \
                            "name": "n\(index)", "args": "\(id)"}, {"type": "task-succeeded", "uuid": "\(id)", \
                            "hostname": "w@h", "timestamp": \(round + 1), "result": "\(id)", "runtime": 0.1}]
                            """)
                    }
                    test.take(bodies)
                }
            }
            for _ in 0..<3 {
                group.addTask {
                    var query = TaskQuery(limit: 50)
                    for round in 0..<60 {
                        query.search = round % 2 == 0 ? nil : try? SearchExpression("name:n1 OR result:t19")
                        let page = test.cluster.tasks(query)
                        for task in page.tasks {
                            #expect(task.args == task.uuid)
                            #expect(task.result == nil || task.result == task.uuid)
                        }
                        #expect(page.tasks.count <= 50)
                        _ = test.cluster.metrics()
                        _ = test.cluster.taskCounts()
                    }
                }
            }
        }
        #expect(test.cluster.tasks(TaskQuery()).total == 500)
        #expect(test.cluster.taskCounts() == ["SUCCESS": 500])
    }
}
