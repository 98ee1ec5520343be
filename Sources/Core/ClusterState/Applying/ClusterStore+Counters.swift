internal import CEventJSON
internal import CeleryProtocol

extension ClusterStore {
    /// Custom types come after the kinds in the type label of a series.
    static let customTypeBase: UInt32 = 16

    /// Everything that is counted by worker, type and task name.
    mutating func countTaskEvent(
        _ event: UnsafePointer<calyx_event>, _ kind: EventKind, type: UInt32, row at: Int, previous: TaskRow,
        host: UInt32, entered: Bool
    ) {
        let name = tasks.rows[at].name
        let worker = kind == .taskSent && workers.find(host) < 0 ? publisher : host
        let code = type == 0 ? UInt32(kind.rawValue) : ClusterStore.customTypeBase + type
        eventSeries.entries[eventSeriesIndex(worker, code, name)].value.count += 1
        let state = stateNumber(kind)
        if entered, state > 0 { enteredSeries.entries[enteredIndex(name)].value.counts[state] += 1 }
        if event.pointee.present & UInt32(CALYX_HAS_RUNTIME) != 0, event.pointee.runtime > 0 {
            observe(event.pointee.runtime, host, name)
        }
        countPrefetch(kind, row: at, previous: previous)
    }

    @inline(__always)
    private func stateNumber(_ kind: EventKind) -> Int {
        switch kind {
        case .taskReceived: 1
        case .taskStarted: 2
        case .taskSucceeded: 3
        case .taskFailed: 4
        case .taskRetried: 5
        case .taskRevoked: 6
        case .taskRejected: 7
        default: 0
        }
    }

    /// A task is prefetched from task-received until it starts or is called off; tasks with an ETA wait on purpose and
    /// do not count.
    private mutating func countPrefetch(_ kind: EventKind, row at: Int, previous: TaskRow) {
        switch kind {
        case .taskReceived:
            unprefetch(at, worker: previous.worker, name: previous.name)
            guard tasks.rows[at].state == .received, !hasETA(at), tasks.rows[at].worker != 0 else { return }
            let index = workerTaskIndex(tasks.rows[at].worker, tasks.rows[at].name)
            workerTaskSeries.entries[index].value.hasPrefetch = true
            workerTaskSeries.entries[index].value.prefetched += 1
            tasks.rows[at].flags.insert(.isPrefetched)
        case .taskStarted:
            unprefetch(at, worker: previous.worker, name: previous.name)
            let row = tasks.rows[at]
            guard !row.received.isNaN, !hasETA(at), row.worker != 0 else { return }
            let index = workerTaskIndex(row.worker, row.name)
            workerTaskSeries.entries[index].value.hasPrefetch = true
            workerTaskSeries.entries[index].value.prefetchSeconds = max(0, row.started - row.received)
        case .taskSucceeded, .taskFailed:
            unprefetch(at, worker: previous.worker, name: previous.name)
            let row = tasks.rows[at]
            guard !row.received.isNaN, !row.started.isNaN, row.worker != 0 else { return }
            let index = workerTaskSeries.find(worker: row.worker, type: 0, task: row.name)
            if index >= 0 { workerTaskSeries.entries[index].value.prefetchSeconds = 0 }
        case .taskRevoked, .taskRejected, .taskRetried:
            if tasks.rows[at].state != .received { unprefetch(at, worker: previous.worker, name: previous.name) }
        default: break
        }
    }

    /// Takes the task off the prefetched ones where it is counted.
    mutating func unprefetch(_ at: Int, worker: UInt32, name: UInt32) {
        guard tasks.rows[at].flags.contains(.isPrefetched) else { return }
        tasks.rows[at].flags.remove(.isPrefetched)
        let index = workerTaskSeries.find(worker: worker, type: 0, task: name)
        guard index >= 0, workerTaskSeries.entries[index].value.prefetched > 0 else { return }
        workerTaskSeries.entries[index].value.prefetched -= 1
    }

    private func hasETA(_ at: Int) -> Bool {
        guard tasks.rows[at].request != 0 else { return false }
        return TextRecord(bytes: UnsafeRawBufferPointer(arena.bytes(tasks.rows[at].request))).field(.eta) != nil
    }

    private mutating func observe(_ runtime: Double, _ worker: UInt32, _ name: UInt32) {
        let index = workerTaskIndex(worker, name)
        let bounds = limits.runtimeBounds
        let buckets: UnsafeMutablePointer<UInt64>
        if let known = workerTaskSeries.entries[index].value.buckets {
            buckets = known
        } else {
            buckets = .allocate(capacity: bounds.count + 1)
            buckets.initialize(repeating: 0, count: bounds.count + 1)
            workerTaskSeries.entries[index].value.buckets = buckets
            workerTaskSeries.entries[index].value.created = receivedAt
        }
        var bucket = 0
        while bucket < bounds.count, runtime > bounds[bucket] { bucket += 1 }
        buckets[bucket] += 1
        workerTaskSeries.entries[index].value.sum += runtime
    }

    private mutating func eventSeriesIndex(_ worker: UInt32, _ type: UInt32, _ task: UInt32) -> Int {
        let found = eventSeries.find(worker: worker, type: type, task: task)
        if found >= 0 { return found }
        let isOver = eventSeries.count >= ClusterStore.eventSeriesLimit
        let labels = isOver ? (worker: otherHost, task: otherName) : (worker: worker, task: task)
        let shared = isOver ? eventSeries.find(worker: labels.worker, type: type, task: labels.task) : -1
        if shared >= 0 { return shared }
        hosts.retain(labels.worker)
        names.retain(labels.task)
        return eventSeries.insert(
            worker: labels.worker, type: type, task: labels.task, EventSeries(count: 0, created: receivedAt))
    }

    private mutating func workerTaskIndex(_ worker: UInt32, _ task: UInt32) -> Int {
        let found = workerTaskSeries.find(worker: worker, type: 0, task: task)
        if found >= 0 { return found }
        let isOver = workerTaskSeries.count >= ClusterStore.workerTaskSeriesLimit
        let labels = isOver ? (worker: otherHost, task: otherName) : (worker: worker, task: task)
        let shared = isOver ? workerTaskSeries.find(worker: labels.worker, type: 0, task: labels.task) : -1
        if shared >= 0 { return shared }
        hosts.retain(labels.worker)
        names.retain(labels.task)
        return workerTaskSeries.insert(worker: labels.worker, type: 0, task: labels.task, WorkerTaskSeries())
    }

    private mutating func enteredIndex(_ name: UInt32) -> Int {
        let found = enteredSeries.find(worker: 0, type: 0, task: name)
        if found >= 0 { return found }
        let isOver = enteredSeries.count >= ClusterStore.enteredSeriesLimit
        let label = isOver ? otherName : name
        let shared = isOver ? enteredSeries.find(worker: 0, type: 0, task: label) : -1
        if shared >= 0 { return shared }
        names.retain(label)
        return enteredSeries.insert(worker: 0, type: 0, task: label, EnteredSeries())
    }

    /// Drops the series of workers that are not known any more.
    mutating func sweepSeries() {
        for index in 0..<eventSeries.count where isOrphan(eventSeries.entries[index].worker) {
            names.release(eventSeries.entries[index].task)
        }
        for index in 0..<workerTaskSeries.count where isOrphan(workerTaskSeries.entries[index].worker) {
            names.release(workerTaskSeries.entries[index].task)
            workerTaskSeries.entries[index].value.buckets?.deallocate()
        }
        var orphans: [UInt32] = []
        for index in 0..<eventSeries.count where isOrphan(eventSeries.entries[index].worker) {
            orphans.append(eventSeries.entries[index].worker)
        }
        for index in 0..<workerTaskSeries.count where isOrphan(workerTaskSeries.entries[index].worker) {
            orphans.append(workerTaskSeries.entries[index].worker)
        }
        let gone = Set(orphans)
        eventSeries.sweep { gone.contains($0.worker) }
        workerTaskSeries.sweep { gone.contains($0.worker) }
        for host in orphans { hosts.release(host) }
    }

    private func isOrphan(_ host: UInt32) -> Bool {
        host != 0 && host != publisher && host != otherHost && workers.find(host) < 0
    }
}
