internal import CEventJSON
internal import CeleryProtocol

/// Everything that is known, in the layout that makes an event cheap. Only ever touched by the holder of the state
/// lock; knows no threads itself.
struct ClusterStore: ~Copyable {
    let limits: ClusterLimits
    /// Bytes that rows, texts, names and series may take together now.
    var budget: Int

    var tasks: TaskTable
    var arena = TextArena()
    /// Node names of workers and publishers.
    var hosts = Interner()
    /// Task names.
    var names = Interner()
    var routes = Interner()
    /// Types of custom events.
    var types = Interner()
    /// Names of custom states.
    var states = Interner()
    /// Task ids that are not UUIDs.
    var ids = Interner()
    /// sw_ident, sw_ver, sw_sys.
    var software = Interner()
    /// Texts of tasks that came more than once.
    var texts = Interner()
    var repeats = RepeatFilter()
    var workers: WorkerTable
    /// For whoever keeps tasks beyond memory.
    var changed = ChangedRows()

    var eventSeries = SeriesTable<EventSeries>()
    var workerTaskSeries = SeriesTable<WorkerTaskSeries>()
    var enteredSeries = SeriesTable<EnteredSeries>()
    /// The label of all hosts that only publish.
    let publisher: UInt32
    /// Labels that take what is beyond the bound on series.
    let otherHost: UInt32
    let otherName: UInt32

    /// Tasks by state: Celery's own by number, then the others by the handle of their name.
    var knownStateCounts = [Int](repeating: 0, count: StateCode.knownCount)
    var customStateCounts: [UInt32: Int] = [:]
    /// Names and queues that were seen, each held by one reference.
    var seenNames = SeenHandles(limit: 10_000)
    var queues: Set<String> = []
    var seenRoutes = SeenHandles(limit: 10_000)

    var kindCounts = [UInt64](repeating: 0, count: 16)
    var customTypeCounts: [UInt32: UInt64] = [:]
    var lost = [EventProblem: UInt64]()
    var samples = [EventProblem: [UInt8]]()
    var duplicates: UInt64 = 0
    var evictions: UInt64 = 0
    /// The newest time among tasks that were evicted.
    var newestEvicted = -Double.infinity
    var gaps: [EventGap] = []
    /// Gaps begun since start, by reason.
    var gapsByReason: [EventGap.Reason: UInt64] = [:]
    var lastEventAt: Double?
    var lagSeconds = 0.0

    /// The receive time of the batch that is being applied.
    var receivedAt = 0.0
    /// The newest event's own time in the batch that is being applied; NaN before the first.
    var newestTimestamp = Double.nan
    var revision: UInt64 = 0
    var workersRevision: UInt64 = 0
    /// The first moment at which some worker may stop being alive.
    var livenessDeadline = Double.infinity

    static let eventSeriesLimit = 20_000
    static let workerTaskSeriesLimit = 5000
    static let enteredSeriesLimit = 5000
    static let customTypeLimit = 256
    static let queueLimit = 10_000
    static let gapLimit = 100
    /// What the rest of a process takes before anybody has measured it.
    static let usualOverhead = 64 << 20

    init(limits: ClusterLimits) {
        self.limits = limits
        budget = limits.memory
        if let process = limits.process { budget = min(budget, process - ClusterStore.usualOverhead) }
        let rowBytes = MemoryLayout<TaskRow>.stride + 8 + 10
        tasks = TaskTable(capacity: max(1, min(limits.tasks, budget / rowBytes, Int(Int32.max) / 4)))
        workers = WorkerTable(capacity: limits.workers)
        publisher = hosts.intern(text: "publisher")
        otherHost = hosts.intern(text: "other")
        otherName = names.intern(text: "other")
    }

    deinit {
        for index in 0..<workerTaskSeries.count { workerTaskSeries.entries[index].value.buckets?.deallocate() }
    }

    mutating func beginBatch(at moment: Double) {
        receivedAt = moment
        newestTimestamp = .nan
    }

    mutating func endBatch(at moment: Double) {
        if !newestTimestamp.isNaN { lagSeconds = max(0, moment - newestTimestamp) }
    }

    mutating func note(_ problem: EventProblem, sample: UnsafeRawBufferPointer) {
        lost[problem, default: 0] += 1
        if samples[problem] == nil { samples[problem] = Array(UTF8Cut.cut(sample, to: 512)) }
    }

    /// Members of a wrong type; the event itself is applied.
    mutating func note(unreadableFields count: Int, sample: UnsafeRawBufferPointer) {
        note(.field, sample: sample)
        lost[.field, default: 0] += UInt64(count) - 1
    }

    /// Why the event is lost; nil when it was applied, and counted by its type.
    mutating func apply(_ event: UnsafePointer<calyx_event>) -> EventProblem? {
        lastEventAt = receivedAt
        if event.pointee.present & UInt32(CALYX_HAS_TIMESTAMP) != 0 { newestTimestamp = event.pointee.timestamp }
        let kind = EventKind(event.pointee.kind)
        if kind.isTask, !ClusterStore.isUsableID(event.pointee.uuid) { return .taskID }
        if kind.isWorker, !event.pointee.hostname.isPresent || event.pointee.hostname.length == 0 { return .hostname }
        let type = kind.typeName == nil ? customType(event.pointee.type.bytes) : 0
        kindCounts[Int(kind.rawValue)] += 1
        if type != 0 { customTypeCounts[type, default: 0] += 1 }
        if kind.isTask {
            applyTask(event, kind, type: type)
        } else if kind.isWorker {
            applyWorker(event, kind, type: type)
        }
        return nil
    }

    /// The handle of a custom type; 0 when there are too many of them.
    private mutating func customType(_ text: UnsafeRawBufferPointer) -> UInt32 {
        let known = types.find(UTF8Cut.cut(text, to: 256))
        if known != 0 { return known }
        return types.count < ClusterStore.customTypeLimit ? types.intern(text, limit: 256) : 0
    }

    mutating func record(_ gap: EventGap) {
        if let last = gaps.last, last.end == nil, last.start == gap.start {
            gaps.removeLast()
        } else {
            gapsByReason[gap.reason, default: 0] += 1
        }
        gaps.append(gap)
        if gaps.count > ClusterStore.gapLimit { gaps.removeFirst(gaps.count - ClusterStore.gapLimit) }
    }
}

extension Interner {
    mutating func intern(text: String) -> UInt32 {
        var text = text
        return text.withUTF8 { intern(UnsafeRawBufferPointer($0)) }
    }
}
