import CeleryFixtures
import ClusterState
import Identity
import Logging
import Synchronization
import Testing

@testable import History

@Suite("Memory and history as one")
struct TaskArchiveTests {
    private final class Clock: Sendable {
        let time = Mutex(1000.0)
        var now: Double { time.withLock { $0 } }
    }

    private let clock = Clock()
    private let cluster: Cluster
    private let folder: TemporaryFolder?
    private let history: History

    /// Twenty tasks fit into memory.
    init() throws {
        let clock = clock
        let test = try EngineKind.sqlite.make()
        folder = test.folder
        cluster = Cluster(limits: ClusterLimits(tasks: 20), now: { clock.now }, resident: { nil })
        history = History(
            source: HistorySource(cluster: cluster, queueDepths: { [:] }), redaction: Redaction(),
            status: HistoryStatus(engine: .sqlite, place: "here", since: 1000), logger: Logger(label: "test"),
            now: { clock.now }
        ) { () throws(HistoryError) in test.engine }
        history.step()
    }

    private var archive: TaskArchive { TaskArchive(cluster: ClusterView(cluster), history: history) }

    /// Tasks `t0000`… by number, each a second later, written as they come; every third is of `billing`.
    private func run(_ numbers: Range<Int>) {
        for number in numbers {
            let time = clock.time.withLock { time in
                time += 1
                return time
            }
            let id = Self.id(number)
            event(
                #""type": "task-received", "uuid": "\#(id)", "timestamp": \#(time), "args": "(\#(number),)", "#
                    + #""name": "\#(number.isMultiple(of: 3) ? "billing.charge" : "mail.send")""#)
            event(#""type": "task-succeeded", "uuid": "\#(id)", "timestamp": \#(time + 0.5), "result": "'r-\#(id)'""#)
            if number % 10 == 9 { write() }
        }
        write()
    }

    private func event(_ fields: String) {
        let payload = Envelope.wrap("{\"hostname\": \"w1@h\", \"pid\": 7, \"clock\": 1, \(fields)}")
        cluster.receive(at: clock.now) { take in payload.withUnsafeBytes { take($0) } }
    }

    private func write() { while history.step() {} }

    private static func id(_ number: Int) -> String {
        let digits = String(number)
        return "t" + String(repeating: "0", count: 4 - digits.count) + digits
    }

    private func ids(_ numbers: some Sequence<Int>) -> [String] { numbers.map(Self.id) }

    /// All pages from the first on, and what happens between two of them.
    private func pages(_ query: TaskQuery, of archive: TaskArchive, between: () -> Void = {}) async -> [String] {
        var query = query
        var found: [String] = []
        for _ in 0..<200 {
            let page = await archive.tasks(query)
            #expect(page.problem == nil)
            #expect(page.tasks.count <= query.limit ?? .max)
            found += page.tasks.map(\.uuid)
            guard let next = page.next else { return found }
            query.after = next
            between()
        }
        Issue.record("The pages have no end.")
        return found
    }

    @Test func `pages go on through history without holes and repetitions`() async {
        run(0..<150)
        #expect(await pages(TaskQuery(limit: 7), of: archive) == ids((0..<150).reversed()))
        #expect(await pages(TaskQuery(limit: 20), of: archive) == ids((0..<150).reversed()))
    }

    @Test func `tasks that leave memory between two pages are neither missed nor repeated`() async {
        run(0..<60)
        var next = 60
        let found = await pages(TaskQuery(limit: 7), of: archive) {
            run(next..<next + 10)
            next += 10
        }
        #expect(found == ids((0..<60).reversed()))
    }

    @Test func `offsets reach as far as cursors`() async {
        run(0..<100)
        for offset in [0, 10, 19, 20, 55, 95, 200] {
            let page = await archive.tasks(TaskQuery(offset: offset, limit: 10))
            #expect(page.tasks.map(\.uuid) == Array(ids((0..<100).reversed()).dropFirst(offset).prefix(10)))
        }
    }

    @Test func `filters and searches find what left memory`() async throws {
        run(0..<90)
        var query = TaskQuery(limit: 4)
        query.name = "billing.charge"
        #expect(await pages(query, of: archive) == ids((0..<90).reversed().filter { $0.isMultiple(of: 3) }))
        query = TaskQuery(limit: 10)
        query.search = try SearchExpression("r-t0007")
        #expect(await pages(query, of: archive) == ["t0007"])
    }

    @Test func `a task that memory saw only the end of is completed, and stands where it ended`() async {
        run(0..<60)
        event(#""type": "task-failed", "uuid": "t0003", "timestamp": 5000, "exception": "late""#)
        write()
        let task = await archive.task("t0003").task
        #expect(task?.name == "billing.charge")
        #expect(task?.args == "(3,)")
        #expect(await pages(TaskQuery(limit: 7), of: archive).filter { $0 == "t0003" }.count == 1)
    }

    @Test func `what only history has is told apart`() async {
        run(0..<50)
        let page = await archive.older(TaskQuery(), limit: 100)
        #expect(page.tasks.map(\.uuid) == ids((0..<30).reversed()))
        #expect(page.next == nil)
        #expect(await archive.task("t0001").task?.result == "'r-t0001'")
        #expect(await archive.task("t9999").task == nil)
    }

    @Test func `people with a scope page through their tasks of history only`() async throws {
        run(0..<90)
        let scope = try Scope(tasks: ["billing.*"], queues: [])
        let limited = TaskArchive(cluster: ClusterView(cluster, scope: scope), history: history)
        #expect(
            await pages(TaskQuery(limit: 4), of: limited) == ids((0..<90).reversed().filter { $0.isMultiple(of: 3) }))
        #expect(await limited.task("t0003").task?.name == "billing.charge")
        #expect(await limited.task("t0001").task == nil)
        var query = TaskQuery(limit: 4)
        query.search = try SearchExpression("mail")
        #expect(await pages(query, of: limited) == [])
    }

    @Test func `a store that is away is said, and memory answers`() async {
        let history = History(
            source: HistorySource(cluster: cluster, queueDepths: { [:] }), redaction: Redaction(),
            status: HistoryStatus(engine: .sqlite, place: "here", since: 1000), logger: Logger(label: "test"),
            now: { 1000 }
        ) { () throws(HistoryError) in throw HistoryError(.unavailable, "It is away.") }
        history.step()
        run(0..<5)
        let archive = TaskArchive(cluster: ClusterView(cluster), history: history)
        let page = await archive.tasks(TaskQuery(limit: 10))
        #expect(page.tasks.map(\.uuid) == ids((0..<5).reversed()))
        #expect(page.problem == "It is away.")
        #expect(await archive.task("zz").problem == "It is away.")
    }
}
