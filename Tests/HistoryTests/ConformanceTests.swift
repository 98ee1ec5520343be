import CeleryProtocol
import ClusterState
import Testing

@testable import History

@Suite("Every store of history")
struct ConformanceTests {
    @Test("Keeps every field of a task", arguments: EngineKind.allCases)
    func fields(kind: EngineKind) throws {
        let test = try kind.make()
        var task = TaskSnapshot(uuid: "11111111-2222-4333-8444-555555555555", state: .failure)
        task.name = "tasks.ñandú"
        task.received = 1000.25
        task.sent = 1000.125
        task.started = 1001
        task.rejected = 1002
        task.succeeded = 1003
        task.failed = 1004.000001
        task.retried = 1005
        task.revoked = 1006
        task.args = "('\u{1F600}', \"it's\", '\\x00', 'tab\\t')"
        task.kwargs = "{'a': 1}"
        task.result = "'r'"
        task.exception = "ValueError('x')"
        task.traceback = "Traceback\n  line\t1\nValueError"
        task.eta = "2026-01-01T00:00:00"
        task.expires = "2026-01-02"
        task.retries = 3
        task.worker = "w1@host"
        task.timestamp = 1004.000001
        task.runtime = 0.1
        task.exchange = "e"
        task.routingKey = "r.k"
        task.queue = "q"
        task.clock = Int64.max
        task.client = "gen@h"
        task.rootID = "odd root"
        task.parentID = "22222222-2222-4333-8444-555555555555"
        task.isTerminated = true
        task.isExpired = false
        task.signal = "SIGKILL"
        task.textIsCut = true
        task.attempts = [
            TaskAttempt(time: 1, exception: "E(1)", traceback: "T1", worker: "w1@host"),
            TaskAttempt(time: 2, exception: nil, traceback: nil, worker: nil),
        ]
        var other = TaskSnapshot.example("x'\"\\;--", .custom("PROGRESS"), at: 2000, args: nil, kwargs: nil)
        other.rootID = other.uuid
        try test.write([task, other])
        #expect(try test.engine.task(task.uuid)?.task == task)
        #expect(try test.engine.task(other.uuid)?.task == other)
        #expect(try test.engine.tasks(TaskQuery(), at: 0).tasks == [other, task])
        #expect(try test.engine.task("nobody") == nil)
        #expect(try test.engine.children(of: "22222222-2222-4333-8444-555555555555", limit: 5) == [task.uuid])
        #expect(try test.engine.size().tasks == 2)
    }

    @Test("The same batch twice is the same history", arguments: EngineKind.allCases)
    func idempotent(kind: EngineKind) throws {
        let test = try kind.make()
        var task = TaskSnapshot.example("t1", .retry, at: 10)
        task.attempts = [TaskAttempt(time: 10, exception: "E()", traceback: "T", worker: "w1@h")]
        var batch = HistoryBatch()
        batch.tasks = [TaskChange(task: task, isFirst: true)]
        batch.steps = [TaskStep(uuid: "t1", state: .started, time: 9, worker: "w1@h")]
        batch.workers = [WorkerLifetime(hostname: "w1@h", pid: 7, firstSeen: 1, lastSeen: 9, software: "py 5")]
        batch.gaps = [EventGap(start: 3, end: nil, reason: .disconnected)]
        batch.rates = [TaskRate(start: 60, name: "tasks.add", state: "RETRY", count: 4, run: 1)]
        batch.queues = [QueueDepthSample(start: 60, queue: "celery", messages: 5, highest: 9)]
        for _ in 0..<3 { try test.engine.write(batch) }
        #expect(try test.engine.size().tasks == 1)
        #expect(
            try test.engine.task("t1")
                == HistoryTask(
                    task: task, steps: [TaskStep(uuid: "t1", state: .started, time: 9, worker: "w1@h")]))
        #expect(try test.engine.workers(from: 0, to: 100) == batch.workers)
        #expect(try test.engine.gaps(from: 0, to: 100) == batch.gaps)
        #expect(
            try test.engine.rates(from: 0, to: 100)
                == [TaskRate(start: 60, name: "tasks.add", state: "RETRY", count: 4)])
        #expect(try test.engine.queueDepths(from: 0, to: 100) == batch.queues)

        batch = HistoryBatch()
        batch.gaps = [EventGap(start: 3, end: 5, reason: .disconnected)]
        batch.rates = [
            TaskRate(start: 60, name: "tasks.add", state: "RETRY", count: 6, run: 1),
            TaskRate(start: 60, name: "tasks.add", state: "RETRY", count: 2, run: 2),
        ]
        batch.queues = [QueueDepthSample(start: 60, queue: "celery", messages: 1, highest: 5)]
        batch.workers = [WorkerLifetime(hostname: "w1@h", pid: 7, firstSeen: 8, lastSeen: 30, processed: 5)]
        try test.engine.write(batch)
        #expect(try test.engine.gaps(from: 0, to: 100) == batch.gaps)
        #expect(try test.engine.rates(from: 0, to: 100).map(\.count) == [8])
        #expect(
            try test.engine.queueDepths(from: 0, to: 100)
                == [QueueDepthSample(start: 60, queue: "celery", messages: 1, highest: 9)])
        #expect(
            try test.engine.workers(from: 0, to: 100)
                == [
                    WorkerLifetime(hostname: "w1@h", pid: 7, firstSeen: 1, lastSeen: 30, software: "py 5", processed: 5)
                ])
    }

    @Test("A worker that comes back after a while has another life", arguments: EngineKind.allCases)
    func lives(kind: EngineKind) throws {
        let test = try kind.make()
        var batch = HistoryBatch()
        batch.workers = [
            WorkerLifetime(hostname: "w", pid: 1, firstSeen: 1000, lastSeen: 2000),
            WorkerLifetime(hostname: "w", pid: 1, firstSeen: 9000, lastSeen: 9500),
            WorkerLifetime(hostname: "w", pid: 2, firstSeen: 2010, lastSeen: 2020),
        ]
        try test.engine.write(batch)
        #expect(try test.engine.workers(from: 0, to: 10_000).map(\.firstSeen) == [1000, 2010, 9000])
        #expect(try test.engine.workers(from: 2005, to: 8000).map(\.firstSeen) == [2010])
    }

    @Test("What memory knows in part is merged with what is stored", arguments: EngineKind.allCases)
    func merges(kind: EngineKind) throws {
        let test = try kind.make()
        var first = TaskSnapshot.example("t1", .started, at: 11, args: "(1,)")
        first.received = 10
        first.started = 11
        try test.write([first])
        // Memory has forgotten the task, and hears of its end.
        var end = TaskSnapshot(uuid: "t1", state: .success)
        end.timestamp = 12
        end.succeeded = 12
        end.result = "1"
        try test.write([end])
        var whole = first
        whole.state = .success
        whole.timestamp = 12
        whole.succeeded = 12
        whole.result = "1"
        #expect(try test.engine.task("t1")?.task == whole)
        // An old event that comes again does not undo the end.
        var replay = TaskSnapshot(uuid: "t1", state: .received)
        replay.timestamp = 10
        replay.received = 10
        try test.write([replay])
        #expect(try test.engine.task("t1")?.task == whole)
        // Nor does it when memory goes on from there.
        replay.state = .started
        replay.started = 11
        replay.timestamp = 11
        try test.write([replay], isFirst: false)
        #expect(try test.engine.task("t1")?.task == whole)
        // A new attempt after the end is the state.
        replay.state = .received
        replay.received = 20
        replay.timestamp = 20
        try test.write([replay], isFirst: false)
        #expect(try test.engine.task("t1")?.task.state == .received)
        #expect(try test.engine.task("t1")?.task.result == "1")
    }

    @Test("Memory's newer copy replaces the stored one", arguments: EngineKind.allCases)
    func replaces(kind: EngineKind) throws {
        let test = try kind.make()
        var task = TaskSnapshot.example("t1", .received, at: 10)
        task.eta = "soon"
        try test.write([task])
        task.state = .started
        task.timestamp = 11
        task.eta = nil
        try test.write([task], isFirst: false)
        #expect(try test.engine.task("t1")?.task == task)
        #expect(try test.engine.size().tasks == 1)
    }

    @Test("All attempts are kept, however many", arguments: EngineKind.allCases)
    func attempts(kind: EngineKind) throws {
        let test = try kind.make()
        var task = TaskSnapshot.example("t1", .retry, at: 10)
        for number in 1...40 {
            task.timestamp = Double(10 + number)
            task.attempts.append(
                TaskAttempt(time: Double(number), exception: "E(\(number))", traceback: "T", worker: "w"))
            if task.attempts.count > 16 { task.attempts.remove(at: 1) }
            try test.write([task], isFirst: number == 1)
        }
        let stored = try test.engine.task("t1")?.task.attempts
        #expect(stored?.map(\.exception) == (1...40).map { "E(\($0))" })
    }

    @Test("Pages follow each other without gap or repetition", arguments: EngineKind.allCases)
    func pages(kind: EngineKind) throws {
        let test = try kind.make()
        // Many share a time: the id decides.
        let tasks = (0..<500).map { TaskSnapshot.example("t\(String($0 + 1000))", at: Double($0 / 7)) }
        try test.write(tasks.shuffled())
        let expected = tasks.sorted { ($0.timestamp ?? 0, $0.uuid) > ($1.timestamp ?? 0, $1.uuid) }.map(\.uuid)
        for search in [nil, "tasks", "\"(1, 2)\"", "\"(1, 2)\" -nothing"] {
            var query = TaskQuery(limit: 37)
            query.search = try search.map { try SearchExpression($0) }
            var found: [String] = []
            repeat {
                let page = try test.engine.tasks(query, at: 1000)
                found += page.tasks.map(\.uuid)
                #expect(page.tasks.count == 37 || page.next == nil)
                query.after = page.next
            } while query.after != nil
            #expect(found == expected, "\(search ?? "everything")")
        }
    }

    @Test("Filters are those of memory", arguments: EngineKind.allCases)
    func filters(kind: EngineKind) throws {
        let test = try kind.make()
        var one = TaskSnapshot.example("one", .success, at: 10, name: "Tasks.Add", worker: "W1@h")
        one.received = 5
        var two = TaskSnapshot.example("two", .custom("Progress"), at: 20, name: "tasks.Straße", worker: "w2@h")
        two.received = 15
        let three = TaskSnapshot.example("three", .failure, at: 30, name: "tasks.add", worker: "w1@h")
        try test.write([one, two, three])
        func ids(_ change: (inout TaskQuery) -> Void) throws -> [String] {
            var query = TaskQuery()
            change(&query)
            return try test.ids(query)
        }
        #expect(try ids { $0.name = "TASKS.ADD" } == ["three", "one"])
        #expect(try ids { $0.name = "tasks.STRASSE" } == ["two"])
        #expect(try ids { $0.name = "tasks.ad" } == [])
        #expect(try ids { $0.worker = "w1@H" } == ["three", "one"])
        #expect(try ids { $0.state = "PROGRESS" } == ["two"])
        #expect(try ids { $0.state = "success" } == ["one"])
        #expect(try ids { $0.receivedAfter = 15 } == ["three", "two"])
        #expect(try ids { $0.receivedBefore = 5 } == ["three", "one"])
        #expect(
            try ids {
                $0.name = "tasks.add"
                $0.state = "FAILURE"
            } == ["three"])
        #expect(try ids { $0.limit = 0 } == [])
        #expect(try ids { $0.after = TaskPosition(timestamp: 20, uuid: "two") } == ["one"])
    }
}
