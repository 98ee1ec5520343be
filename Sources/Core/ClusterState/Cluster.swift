package import CeleryProtocol
internal import CEventJSON
import Synchronization

/// What is known of one Celery cluster now: workers, tasks and counters, kept up to date from its events.
///
/// All methods may be called from any thread.
package final class Cluster: EventSink {
    package let limits: ClusterLimits
    private let now: @Sendable () -> Double
    private let known = Mutex(Known())
    private let revisions = Atomic<UInt64>(0)

    private struct Known: ~Copyable {
        var decoder = EventDecoder()
        var tasks: [String: TaskSnapshot] = [:]
        var workers: [String: WorkerSnapshot] = [:]
        var status = IngestStatus()
        var queues: Set<String> = []
        var types: Set<String> = []
        var revision: UInt64 = 0
    }

    /// `now` gives unix seconds.
    package init(limits: ClusterLimits = ClusterLimits(), now: @escaping @Sendable () -> Double) {
        self.limits = limits
        self.now = now
    }

    package func receive(at receivedAt: Double, _ body: (_ take: (UnsafeRawBufferPointer) -> Void) -> Void) {
        known.withLock { known in
            body { payload in
                if let problem = known.decoder.begin(payload) {
                    known.status.lostByReason[problem.rawValue, default: 0] += 1
                    return
                }
                while let item = known.decoder.next() {
                    switch item {
                    case .problem(let problem): known.status.lostByReason[problem.rawValue, default: 0] += 1
                    case .event(let event): Cluster.apply(event, at: receivedAt, to: &known)
                    }
                }
            }
            revisions.store(known.revision, ordering: .releasing)
        }
    }

    private static func apply(_ event: CeleryEvent, at receivedAt: Double, to known: inout Known) {
        let fields = event.fields.pointee
        known.revision += 1
        known.status.lastEventAt = receivedAt
        known.status.eventsByType[fields.type.string ?? "", default: 0] += 1
        let timestamp = event.timestamp ?? receivedAt
        known.status.lagSeconds = max(0, receivedAt - timestamp)
        let host = fields.hostname.string
        if let host, event.kind != .taskSent, event.kind != .custom {
            var worker = known.workers[host] ?? WorkerSnapshot(hostname: host)
            worker.eventCounts[fields.type.string ?? "", default: 0] += 1
            worker.revision = known.revision
            if event.kind.isWorker {
                worker.pid = event.pid ?? worker.pid
                worker.frequency = event.frequency ?? worker.frequency
                worker.clock = event.clock ?? worker.clock
                worker.active = event.active ?? worker.active
                worker.processed = event.processed ?? worker.processed
                worker.loadAverage = event.loadAverage ?? worker.loadAverage
                worker.softwareIdentity = fields.sw_ident.string ?? worker.softwareIdentity
                worker.softwareVersion = fields.sw_ver.string ?? worker.softwareVersion
                worker.softwareSystem = fields.sw_sys.string ?? worker.softwareSystem
            }
            if event.kind == .workerOffline {
                worker.heartbeats = []
            } else {
                worker.heartbeats = worker.heartbeats.suffix(3) + [receivedAt]
                worker.lastHeartbeat = receivedAt
            }
            known.workers[host] = worker
        }
        guard event.kind.isTask, let uuid = fields.uuid.string else { return }
        let next: TaskState =
            switch event.kind {
            case .taskSent: .pending
            case .taskReceived: .received
            case .taskStarted: .started
            case .taskSucceeded: .success
            case .taskFailed: .failure
            case .taskRetried: .retry
            case .taskRevoked: .revoked
            case .taskRejected: .rejected
            default: TaskState(name: (fields.type.string ?? "task-x").dropFirst(5).uppercased())
            }
        var task = known.tasks[uuid] ?? TaskSnapshot(uuid: uuid, state: next)
        let isFirst = task.timestamp == nil
        switch event.kind {
        case .taskSent: task.sent = timestamp
        case .taskReceived: task.received = timestamp
        case .taskStarted: task.started = timestamp
        case .taskSucceeded: task.succeeded = timestamp
        case .taskFailed: task.failed = timestamp
        case .taskRetried: task.retried = timestamp
        case .taskRevoked: task.revoked = timestamp
        case .taskRejected: task.rejected = timestamp
        default: break
        }
        if isFirst || (next != .pending && task.state != .success) {
            task.state = next
            task.timestamp = timestamp
            task.clock = event.clock ?? task.clock
        }
        if event.kind == .taskSent { task.client = host } else { task.worker = host }
        task.name = fields.name.string ?? task.name
        task.args = fields.args.string ?? task.args
        task.kwargs = fields.kwargs.string ?? task.kwargs
        task.result = fields.result.string ?? task.result
        task.exception = fields.exception.string ?? task.exception
        task.traceback = fields.traceback.string ?? task.traceback
        task.eta = fields.eta.string ?? task.eta
        task.expires = fields.expires.string ?? task.expires
        task.retries = event.retries.map(Int.init) ?? task.retries
        task.runtime = event.runtime ?? task.runtime
        task.exchange = fields.exchange.string ?? task.exchange
        task.routingKey = fields.routing_key.string ?? task.routingKey
        task.queue = fields.queue.string ?? task.queue
        task.rootID = fields.root_id.string ?? task.rootID
        task.parentID = fields.parent_id.string ?? task.parentID
        task.revision = known.revision
        known.tasks[uuid] = task
        if let queue = task.queue { known.queues.insert(queue) }
        if let name = task.name { known.types.insert(name) }
    }

    package func record(gap: EventGap) {
        known.withLock { known in
            if let last = known.status.gaps.last, last.end == nil, last.start == gap.start {
                known.status.gaps.removeLast()
            }
            known.status.gaps.append(gap)
            if known.status.gaps.count > 100 { known.status.gaps.removeFirst() }
        }
    }

    /// Grows with every change of any task or worker.
    package var revision: UInt64 { revisions.load(ordering: .acquiring) }
    /// Grows with every change of any worker (heartbeats included).
    package var workersRevision: UInt64 { revision }

    /// Sorted by hostname.
    package func workers() -> [WorkerSnapshot] {
        let moment = now()
        return known.withLock { Array($0.workers.values) }
            .map { Cluster.judged($0, at: moment) }
            .sorted { $0.hostname < $1.hostname }
    }

    package func worker(_ hostname: String) -> WorkerSnapshot? {
        known.withLock { $0.workers[hostname] }.map { Cluster.judged($0, at: now()) }
    }

    private static func judged(_ worker: WorkerSnapshot, at moment: Double) -> WorkerSnapshot {
        var worker = worker
        worker.isAlive = worker.heartbeats.last.map { moment < $0 + 2 * worker.frequency } ?? false
        return worker
    }

    package func task(_ uuid: String) -> TaskSnapshot? { known.withLock { $0.tasks[uuid] } }

    package func tasks(_ query: TaskQuery) -> TaskPage {
        let all = known.withLock { Array($0.tasks.values) }
        let matching = all.filter { task in
            (query.worker.map { $0.lowercased() == task.worker?.lowercased() } ?? true)
                && (query.name.map { $0.lowercased() == task.name?.lowercased() } ?? true)
                && (query.state.map { $0.lowercased() == task.state.name.lowercased() } ?? true)
                && (query.receivedAfter.map { $0 <= task.received ?? $0 } ?? true)
                && (query.receivedBefore.map { $0 >= task.received ?? $0 } ?? true)
        }
        .sorted { ($0.timestamp ?? 0, $0.uuid) > ($1.timestamp ?? 0, $1.uuid) }
        let rest = matching.dropFirst(query.offset)
        return TaskPage(
            tasks: Array(query.limit.map { rest.prefix($0) } ?? rest), matched: matching.count, total: all.count)
    }

    /// Tasks in memory by state name; kept, not counted on request.
    package func taskCounts() -> [String: Int] {
        known.withLock { $0.tasks.values.reduce(into: [:]) { $0[$1.state.name, default: 0] += 1 } }
    }

    /// Task names ever seen, sorted.
    package func taskTypes() -> [String] { known.withLock { $0.types.sorted() } }
    /// Queue names seen in task-sent events, sorted.
    package func queueNames() -> [String] { known.withLock { $0.queues.sorted() } }
    package func metrics() -> ClusterMetrics { ClusterMetrics() }
    package func ingestStatus() -> IngestStatus { known.withLock { $0.status } }
}
