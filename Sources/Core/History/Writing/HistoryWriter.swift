internal import CeleryProtocol
internal import ClusterState
internal import Logging

/// What the writing thread does, one step at a time: takes what changed, writes it in one transaction, tends the store
/// in between. A batch that cannot be written is kept and tried again; what changes meanwhile waits in memory, which
/// bounds it.
struct HistoryWriter {
    /// Tasks in one transaction.
    static let batchLimit = 5000
    /// Seconds between two looks at slow things: workers, rates, queues, gaps.
    private static let observation = 5.0
    private static let longestPause = 30.0

    private let source: HistorySource
    private let redaction: Redaction
    private let now: @Sendable () -> Double
    private let open: @Sendable () throws(HistoryError) -> any HistoryEngine
    private let logger: Logger

    private(set) var engine: (any HistoryEngine)?
    private(set) var status: HistoryStatus
    private var pending: HistoryBatch?
    /// More waited when `pending` was taken.
    private var isPendingFull = false
    /// When everything that had changed was taken last: what is taken now is not older.
    private var takenUpTo: Double?
    /// The same before `pending` was taken.
    private var pendingSince: Double?
    private var failures = 0
    private var retriesAt = -Double.infinity
    private var observesAt = -Double.infinity
    private var sizesAt = -Double.infinity
    private var workers = WorkerTracker()
    private var rates: RateTracker
    private var queues = QueueTracker()
    private var gaps: [EventGap] = []

    init(
        source: HistorySource, redaction: Redaction, status: HistoryStatus, logger: Logger,
        now: @escaping @Sendable () -> Double,
        open: @escaping @Sendable () throws(HistoryError) -> any HistoryEngine
    ) {
        self.source = source
        self.redaction = redaction
        self.status = status
        self.logger = logger
        self.now = now
        self.open = open
        rates = RateTracker(run: Int64(now()))
    }

    /// One step; true when there is more to do at once.
    mutating func step() -> Bool {
        let moment = now()
        guard moment >= retriesAt || retriesAt - moment > 2 * Self.longestPause else { return false }
        do throws(HistoryError) {
            if engine == nil { try start() }
            let wrote = try write(at: moment)
            recovered(at: moment)
            if wrote { return true }
            return try tend(at: moment)
        } catch {
            failed(error, at: moment)
            return false
        }
    }

    /// Writes what is left before the process ends, as far as it goes.
    mutating func finish() {
        retriesAt = -.infinity
        observesAt = -.infinity
        for _ in 0..<1000 {
            guard let more = try? write(at: now()) else { return }
            if !more { return }
        }
    }

    private mutating func start() throws(HistoryError) {
        let opened = try open()
        if let newest = try? opened.tasks(TaskQuery(limit: 1), at: now()) {
            status.newestAtOpening = newest.tasks.first?.timestamp ?? -.infinity
        }
        engine = opened
    }

    /// True when a full batch was written: there may be more.
    private mutating func write(at moment: Double) throws(HistoryError) -> Bool {
        guard let engine else { return false }
        if pending == nil { pending = take(at: moment) }
        guard let batch = pending, !batch.isEmpty else {
            pending = nil
            return false
        }
        try engine.write(batch)
        pending = nil
        status.tasksWritten += UInt64(batch.tasks.count)
        status.batches += 1
        status.lastWrite = now()
        status.lagSeconds = max(0, now() - (pendingSince ?? moment))
        return isPendingFull
    }

    private mutating func take(at moment: Double) -> HistoryBatch {
        var batch = HistoryBatch()
        let before = now()
        let changes = source.takeChanges(Self.batchLimit)
        isPendingFull = changes.isFull
        pendingSince = takenUpTo
        if !changes.isFull { takenUpTo = before }
        status.waiting = changes.waiting
        status.spilled = changes.spilled
        batch.steps = changes.steps
        batch.tasks = changes.tasks
        for index in batch.tasks.indices {
            batch.tasks[index].task.revision = 0
            redaction.apply(to: &batch.tasks[index].task)
        }
        if moment >= observesAt || observesAt - moment > 2 * Self.observation {
            observesAt = moment + Self.observation
            batch.workers = workers.look(at: source.workers())
            batch.rates = rates.look(at: source.statesEntered(), now: moment)
            batch.queues = queues.look(at: source.queueDepths(), now: moment)
            let present = source.gaps()
            batch.gaps = present.filter { !gaps.contains($0) }
            gaps = present
        }
        return batch
    }

    private mutating func tend(at moment: Double) throws(HistoryError) -> Bool {
        guard let engine else { return false }
        let isMore = try engine.tend(at: moment)
        if moment >= sizesAt || sizesAt - moment > 20 {
            sizesAt = moment + 2
            let size = try engine.size()
            status.tasks = size.tasks
            status.bytes = size.bytes
            status.unindexed = size.unindexed
        }
        return isMore
    }

    private mutating func recovered(at moment: Double) {
        failures = 0
        guard status.problem != nil else { return }
        logger.notice("history works again", metadata: ["after": "\(Int(moment - status.since)) s"])
        status.problem = nil
        status.since = moment
    }

    private mutating func failed(_ error: HistoryError, at moment: Double) {
        failures += 1
        status.failures += 1
        status.waiting = max(status.waiting, pending?.tasks.count ?? 0)
        retriesAt = moment + min(Double(1 << min(failures, 6)) / 2, Self.longestPause)
        if status.problem != error.message {
            logger.error("history: \(error.message) Tasks are kept in memory meanwhile.")
            if status.problem == nil { status.since = moment }
            status.problem = error.message
        }
    }
}
