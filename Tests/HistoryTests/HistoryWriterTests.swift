import CeleryFixtures
import CeleryProtocol
import ClusterState
import Logging
import Synchronization
import Testing

@testable import History

/// A store that can be told to fail.
private final class FailingStore: HistoryEngine {
    let inner: any HistoryEngine
    let problem = Mutex<HistoryError?>(nil)

    init(_ inner: any HistoryEngine) { self.inner = inner }

    func write(_ batch: HistoryBatch) throws(HistoryError) {
        if let problem = problem.withLock({ $0 }) { throw problem }
        try inner.write(batch)
    }

    func tend(at now: Double) throws(HistoryError) -> Bool { try inner.tend(at: now) }
    func size() throws(HistoryError) -> HistorySize { try inner.size() }
    func tasks(_ query: TaskQuery, at now: Double) throws(HistoryError) -> HistoryPage {
        try inner.tasks(query, at: now)
    }
    func task(_ uuid: String) throws(HistoryError) -> HistoryTask? { try inner.task(uuid) }
    func children(of uuid: String, limit: Int) throws(HistoryError) -> [String] {
        try inner.children(of: uuid, limit: limit)
    }
    func rates(from start: Double, to end: Double) throws(HistoryError) -> [TaskRate] {
        try inner.rates(from: start, to: end)
    }
    func queueDepths(from start: Double, to end: Double) throws(HistoryError) -> [QueueDepthSample] {
        try inner.queueDepths(from: start, to: end)
    }
    func workers(from start: Double, to end: Double) throws(HistoryError) -> [WorkerLifetime] {
        try inner.workers(from: start, to: end)
    }
    func gaps(from start: Double, to end: Double) throws(HistoryError) -> [EventGap] {
        try inner.gaps(from: start, to: end)
    }
}

@Suite("Writing history")
struct HistoryWriterTests {
    private final class Clock: Sendable {
        let time = Mutex(1000.0)
        var now: Double {
            get { time.withLock { $0 } }
            set { time.withLock { $0 = newValue } }
        }
    }

    private let clock = Clock()
    private let cluster: Cluster
    private let store: FailingStore
    private let folder: TemporaryFolder?
    private let history: History

    init() throws {
        let clock = clock
        let test = try EngineKind.sqlite.make()
        folder = test.folder
        let store = FailingStore(test.engine)
        self.store = store
        cluster = Cluster(limits: ClusterLimits(tasks: 100), now: { clock.now }, resident: { nil })
        history = History(
            source: HistorySource(cluster: cluster, queueDepths: { ["celery": 3] }), redaction: Redaction(),
            status: HistoryStatus(engine: .sqlite, place: "here", since: 1000), logger: Logger(label: "test"),
            now: { clock.now }
        ) { () throws(HistoryError) in
            if let problem = store.problem.withLock({ $0 }) { throw problem }
            return store
        }
    }

    private func task(_ type: String, _ id: String, _ fields: String = "") {
        let payload = Envelope.wrap(
            """
            {"type": "task-\(type)", "uuid": "\(id)", "hostname": "w1@h", "timestamp": \(clock.now), \
            "pid": 7\(fields.isEmpty ? "" : ", " + fields)}
            """)
        cluster.receive(at: clock.now) { take in payload.withUnsafeBytes { take($0) } }
    }

    private func fail(_ kind: HistoryError.Kind?) {
        store.problem.withLock { $0 = kind.map { HistoryError($0, "It is \($0.rawValue).") } }
    }

    private func settle() { while history.step() {} }

    @Test("What happens is in history after one step, redacted")
    func writes() async throws {
        task("received", "t1", #""name": "tasks.add", "kwargs": "{'password': 'x'}""#)
        task("succeeded", "t1", #""result": "3""#)
        settle()
        let stored = try await history.task("t1")?.task
        #expect(stored?.state == .success)
        #expect(stored?.kwargs == "{'password': '***'}")
        #expect(history.status.tasksWritten == 1)
        #expect(history.status.problem == nil)
        let rates = try await history.rates(from: 0, to: 2000)
        #expect(rates.contains(TaskRate(start: 960, name: "tasks.add", state: "SUCCESS", count: 1)))
        #expect(try await history.queueDepths(from: 0, to: 2000).map(\.messages) == [3])
    }

    @Test(
        "While the store fails, monitoring goes on, says so, and everything is written afterwards",
        arguments: [HistoryError.Kind.full, .readOnly, .damaged, .newerSchema, .unavailable])
    func recovers(kind: HistoryError.Kind) async throws {
        fail(kind)
        task("received", "t1", #""name": "a""#)
        settle()
        #expect(history.status.problem == "It is \(kind.rawValue).")
        #expect(cluster.task("t1") != nil)
        await #expect(throws: HistoryError.self) { try await history.task("t1") }
        fail(nil)
        settle()
        #expect(history.status.problem != nil, "it is not tried again at once")
        clock.now += 31
        task("succeeded", "t1")
        settle()
        #expect(history.status.problem == nil)
        #expect(try await history.task("t1")?.task.state == .success)
        // Again, now with an open store.
        fail(kind)
        clock.now += 1
        task("succeeded", "t2")
        settle()
        #expect(history.status.problem != nil)
        #expect(try await history.task("t1") != nil, "what is stored can be read")
        fail(nil)
        clock.now += 31
        settle()
        #expect(try await history.task("t2")?.task.state == .success)
        #expect(history.status.spilled == 0)
    }

    @Test("A long failure loses what memory cannot hold, counts it, and keeps the rest")
    func spills() async throws {
        fail(.full)
        for number in 0..<20_000 { task("succeeded", "t\(number)") }
        settle()
        fail(nil)
        clock.now += 31
        settle()
        let status = history.status
        #expect(status.spilled > 0)
        #expect(try store.size().tasks + Int(status.spilled) == 20_000)
        #expect(try await history.task("t19999") != nil)
    }
}
