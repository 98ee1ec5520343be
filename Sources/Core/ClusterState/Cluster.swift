internal import CEventJSON
package import CeleryProtocol
import Synchronization

/// What is known of one Celery cluster now: workers, tasks and counters, kept up to date from its events.
///
/// All methods may be called from any thread. Events are applied in slices, and every answer is put together in slices,
/// so that neither keeps the other waiting for more than about a millisecond; an answer may therefore mix moments that
/// lie milliseconds apart, but never shows half of an event.
package final class Cluster: EventSink, @unchecked Sendable {
    package let limits: ClusterLimits
    private let now: @Sendable () -> Double
    /// Guards `store`; pointers, because access to stored properties of a class costs a check each time.
    let lock = StateLock()
    let store: UnsafeMutablePointer<ClusterStore>
    /// Guards `decoder`: one batch at a time is taken, however often the state is let go meanwhile.
    private let ingestLock = StateLock()
    private let decoder: UnsafeMutablePointer<EventDecoder>
    /// Guarded by `ingestLock`, too.
    private let resident: UnsafeMutablePointer<ResidentMemory>
    private let revisions = Atomic<UInt64>(0)
    private let workersRevisions = Atomic<UInt64>(0)
    private let livenessDeadline = Atomic<UInt64>(Double.infinity.bitPattern)
    /// Guarded by `ingestLock`, but for its result.
    private let pressure: UnsafeMutablePointer<IngestPressure>
    private let busyUntil = Atomic<UInt64>(Double.zero.bitPattern)

    /// Events applied before others may have the state: about 100 µs.
    private static let slice = 128
    private static let childSlice = 1000
    private static let childLimit = 10_000

    /// `now` gives unix seconds, `resident` the bytes that the process takes.
    package init(
        limits: ClusterLimits = ClusterLimits(), now: @escaping @Sendable () -> Double,
        resident: @escaping @Sendable () -> Int? = ResidentMemory.ofProcess
    ) {
        self.limits = limits
        self.now = now
        store = .allocate(capacity: 1)
        store.initialize(to: ClusterStore(limits: limits))
        decoder = .allocate(capacity: 1)
        decoder.initialize(to: EventDecoder())
        self.resident = .allocate(capacity: 1)
        self.resident.initialize(to: ResidentMemory(measure: resident))
        pressure = .allocate(capacity: 1)
        pressure.initialize(to: IngestPressure())
    }

    deinit {
        store.deinitialize(count: 1)
        store.deallocate()
        decoder.deinitialize(count: 1)
        decoder.deallocate()
        resident.deinitialize(count: 1)
        resident.deallocate()
        pressure.deinitialize(count: 1)
        pressure.deallocate()
    }

    package func receive(at receivedAt: Double, _ body: (_ take: (UnsafeRawBufferPointer) -> Void) -> Void) {
        let begin = ResidentMemory.monotonic()
        ingestLock.lock()
        defer { ingestLock.unlock() }
        lock.lock()
        store.pointee.beginBatch(at: receivedAt)
        var room = Cluster.slice
        body { payload in
            if let problem = decoder.pointee.begin(payload) {
                store.pointee.note(problem, sample: decoder.pointee.body ?? payload)
                room -= 1
            } else {
                while let item = decoder.pointee.next() {
                    switch item {
                    case .event(let event):
                        if let problem = store.pointee.apply(event.fields) {
                            store.pointee.note(problem, sample: decoder.pointee.body ?? payload)
                        } else if event.unreadableFields > 0 {
                            store.pointee.note(
                                unreadableFields: event.unreadableFields, sample: decoder.pointee.body ?? payload)
                        }
                    case .problem(let problem):
                        store.pointee.note(problem, sample: decoder.pointee.body ?? payload)
                    }
                    room -= 1
                    if room <= 0 { breathe(&room) }
                }
            }
            if room <= 0 { breathe(&room) }
        }
        store.pointee.endBatch(at: now())
        let overhead = measureMemory()
        publish()
        lock.unlock()
        pressure.pointee.note(from: begin, to: ResidentMemory.monotonic())
        busyUntil.store(pressure.pointee.until.bitPattern, ordering: .relaxed)
        // More than a part of what the process may take is neither state nor in use: it goes back to the system.
        if let process = limits.process, let overhead, overhead > process / 4 { resident.pointee.trim() }
    }

    /// What the rest of the process takes, when it was just measured.
    private func measureMemory() -> Int? {
        guard limits.process != nil, resident.pointee.look(state: store.pointee.bytes),
            let overhead = resident.pointee.overhead
        else { return nil }
        store.pointee.settle(overhead: overhead)
        return overhead
    }

    /// Lets whoever waits have the state.
    private func breathe(_ room: inout Int) {
        publish()
        lock.unlock()
        lock.lock()
        room = Cluster.slice
    }

    /// Makes the revisions visible to those who do not hold the lock.
    private func publish() {
        revisions.store(store.pointee.revision, ordering: .releasing)
        workersRevisions.store(store.pointee.workersRevision, ordering: .releasing)
        livenessDeadline.store(store.pointee.livenessDeadline.bitPattern, ordering: .releasing)
    }

    /// Events come about as fast as they can be taken.
    package var isBusy: Bool { ResidentMemory.monotonic() < Double(bitPattern: busyUntil.load(ordering: .relaxed)) }

    package func record(gap: EventGap) {
        lock.withLock { store.pointee.record(gap) }
    }

    /// Grows with every change of any task or worker.
    package var revision: UInt64 {
        noticeSilence()
        return revisions.load(ordering: .acquiring)
    }

    /// Grows with every change of any worker (heartbeats included), and when one stops being alive.
    package var workersRevision: UInt64 {
        noticeSilence()
        return workersRevisions.load(ordering: .acquiring)
    }

    /// A worker that falls silent sends no event: whoever looks at a revision finds out.
    private func noticeSilence() {
        let moment = now()
        guard moment >= Double(bitPattern: livenessDeadline.load(ordering: .acquiring)) else { return }
        lock.withLock {
            store.pointee.refreshLiveness(at: moment)
            publish()
        }
    }

    /// Sorted by hostname; those offline for longer than `purgeOfflineWorkers` are left out, unless they are asked for.
    package func workers(includingPurged: Bool = false) -> [WorkerSnapshot] {
        let moment = now()
        var found: [WorkerSnapshot] = []
        var next = 0
        while lock.withLock({
            let end = min(next + 256, store.pointee.workers.rows.count)
            for row in next..<max(end, next) where store.pointee.workers.rows[row].host != 0 {
                if !includingPurged, store.pointee.isPurged(worker: row, at: moment) { continue }
                found.append(store.pointee.snapshot(worker: row, at: moment))
            }
            next = end
            return next < store.pointee.workers.rows.count
        }) {}
        return found.sorted { $0.hostname < $1.hostname }
    }

    package func worker(_ hostname: String) -> WorkerSnapshot? {
        let moment = now()
        return lock.withLock {
            var hostname = hostname
            let host = hostname.withUTF8 { store.pointee.hosts.find(UnsafeRawBufferPointer($0)) }
            let row = host == 0 ? -1 : store.pointee.workers.find(host)
            return row < 0 ? nil : store.pointee.snapshot(worker: row, at: moment)
        }
    }

    package func task(_ uuid: String) -> TaskSnapshot? {
        var last: Int32 = -1
        let found: TaskSnapshot? = lock.withLock {
            let row = store.pointee.row(of: uuid)
            guard row >= 0 else { return nil }
            let id = store.pointee.tasks.rows[Int(row)].id
            last = store.pointee.tasks.children(of: id, limit: Cluster.childSlice).last
            return store.pointee.snapshot(Int(row), childLimit: Cluster.childSlice)
        }
        guard var task = found else { return nil }
        // A parent may have thousands of children: the rest comes in slices.
        while last >= 0, task.children.count % Cluster.childSlice == 0, task.children.count < Cluster.childLimit {
            let more = lock.withLock {
                store.pointee.children(of: uuid, after: &last, limit: Cluster.childSlice)
            }
            task.children.append(contentsOf: more)
        }
        return task
    }

    package func tasks(_ query: TaskQuery) -> TaskPage {
        var run = TaskQueryRun(query, cluster: self, now: now())
        return run.page()
    }

    /// Tasks in memory by state name; kept, not counted on request.
    package func taskCounts() -> [String: Int] {
        lock.withLock {
            var counts: [String: Int] = [:]
            for number in 0..<StateCode.knownCount where store.pointee.knownStateCounts[number] > 0 {
                counts[StateCode.knownNames[number]] = store.pointee.knownStateCounts[number]
            }
            for (handle, count) in store.pointee.customStateCounts {
                if let name = store.pointee.states.string(handle) { counts[name] = count }
            }
            return counts
        }
    }

    /// Task names ever seen, sorted; at most 10,000.
    package func taskTypes() -> [String] {
        lock.withLock { store.pointee.seenNames.handles.compactMap { store.pointee.names.string($0) } }.sorted()
    }

    /// Queue names seen in task-sent events, sorted; at most 10,000.
    package func queueNames() -> [String] {
        lock.withLock { store.pointee.queues }.sorted()
    }

    /// The newest gaps, oldest first, at most 100, and how many began since the start.
    package func gaps() -> (newest: [EventGap], total: UInt64) {
        lock.withLock { (store.pointee.gaps, store.pointee.gapsByReason.values.reduce(0, +)) }
    }

    package func ingestStatus() -> IngestStatus {
        lock.withLock {
            var status = store.pointee.ingestStatus()
            status.longHolds = lock.longHolds
            status.longestHold = lock.longestHold
            return status
        }
    }

    package func metrics() -> ClusterMetrics {
        let moment = now()
        var metrics = ClusterMetrics()
        metrics.runtimeBounds = limits.runtimeBounds
        var next = 0
        while lock.withLock({ store.pointee.copyEventSeries(from: &next, at: moment, into: &metrics) }) {}
        next = 0
        while lock.withLock({ store.pointee.copyWorkerTaskSeries(from: &next, at: moment, into: &metrics) }) {}
        next = 0
        while lock.withLock({ store.pointee.copyEnteredSeries(from: &next, into: &metrics) }) {}
        return metrics
    }
}
