internal import CEventJSON
internal import CeleryProtocol

extension ClusterStore {
    mutating func applyWorker(_ event: UnsafePointer<calyx_event>, _ kind: EventKind, type: UInt32) {
        let known = hosts.find(UTF8Cut.cut(event.pointee.hostname.bytes, to: 1024))
        // As in Celery, a node that says goodbye before it was ever heard is not worth a row.
        if kind == .workerOffline, known == 0 || workers.find(known) < 0 { return }
        let host = hosts.intern(event.pointee.hostname.bytes)
        defer { hosts.release(host) }
        let row = workerRow(host)
        if kind == .workerCustom {
            count(kind, type: type, in: row)
            return
        }
        let present = event.pointee.present
        let labels = (
            label(event.pointee.sw_ident), label(event.pointee.sw_ver), label(event.pointee.sw_sys)
        )
        let old = (
            workers.rows[row].softwareIdentity, workers.rows[row].softwareVersion, workers.rows[row].softwareSystem
        )
        let receivedAt = receivedAt
        workers.update(row) { worker in
            if present & UInt32(CALYX_HAS_PID) != 0 { worker.pid = event.pointee.pid }
            if present & UInt32(CALYX_HAS_CLOCK) != 0 { worker.clock = event.pointee.clock }
            if present & UInt32(CALYX_HAS_FREQUENCY) != 0, event.pointee.frequency > 0 {
                worker.frequency = event.pointee.frequency
            }
            if present & UInt32(CALYX_HAS_ACTIVE) != 0 { worker.active = event.pointee.active }
            if present & UInt32(CALYX_HAS_PROCESSED) != 0 { worker.processed = event.pointee.processed }
            if present & UInt32(CALYX_HAS_LOAD_AVERAGE) != 0 {
                let load = event.pointee.load_average
                worker.loadAverage = SIMD4(load.0, load.1, load.2, 0)
            }
            if labels.0 != 0 { worker.softwareIdentity = labels.0 }
            if labels.1 != 0 { worker.softwareVersion = labels.1 }
            if labels.2 != 0 { worker.softwareSystem = labels.2 }
            worker.isOffline = kind == .workerOffline
            if kind == .workerOffline {
                worker.beatCount = 0
            } else {
                worker.beat(at: receivedAt)
            }
        }
        if labels.0 != 0 { software.release(old.0) }
        if labels.1 != 0 { software.release(old.1) }
        if labels.2 != 0 { software.release(old.2) }
        count(kind, type: type, in: row)
        noteLiveness(of: row)
    }

    /// What a task event tells of its worker: it counts as a heartbeat, as in Celery, but never brings back a worker
    /// that has said goodbye (its last tasks end after that).
    mutating func countWorkerTaskEvent(_ host: UInt32, _ kind: EventKind, type: UInt32) {
        let row = workerRow(host)
        count(kind, type: type, in: row)
        guard !workers.rows[row].isOffline else { return }
        let receivedAt = receivedAt
        workers.update(row) { $0.beat(at: receivedAt) }
        if !workers.rows[row].wasAlive { noteLiveness(of: row) }
    }

    private mutating func workerRow(_ host: UInt32) -> Int {
        let found = workers.find(host)
        if found >= 0 { return found }
        if workers.isFull { evictWorkers() }
        hosts.retain(host)
        return workers.insert(host)
    }

    private mutating func count(_ kind: EventKind, type: UInt32, in row: Int) {
        revision += 1
        workersRevision += 1
        let receivedAt = receivedAt
        let revision = revision
        workers.update(row) { worker in
            worker.lastSeen = receivedAt
            worker.revision = revision
            if type == 0 {
                worker.counts[Int(kind.rawValue)] += 1
            } else {
                worker.customCounts[type, default: 0] += 1
            }
        }
    }

    private mutating func label(_ text: calyx_text) -> UInt32 {
        text.isPresent ? software.intern(text.bytes, limit: 128) : 0
    }

    private mutating func noteLiveness(of row: Int) {
        let isAlive = workers.rows[row].isAlive(at: receivedAt)
        workers.update(row) { $0.wasAlive = isAlive }
        if isAlive { livenessDeadline = min(livenessDeadline, workers.rows[row].deadline) }
    }

    /// Notices workers that have stopped being alive by `now`, and when the next one may.
    mutating func refreshLiveness(at now: Double) {
        var next = Double.infinity
        for row in workers.rows.indices where workers.rows[row].host != 0 {
            let isAlive = workers.rows[row].isAlive(at: now)
            if isAlive != workers.rows[row].wasAlive {
                revision += 1
                workersRevision += 1
                let revision = revision
                workers.update(row) {
                    $0.wasAlive = isAlive
                    $0.revision = revision
                }
            }
            if isAlive { next = min(next, workers.rows[row].deadline) }
        }
        livenessDeadline = next
    }

    /// Makes room for a new worker: the quietest ones go, and with them every series that bears their name.
    private mutating func evictWorkers() {
        for row in workers.quietest(max(1, workers.capacity / 64)) {
            let worker = workers.rows[row]
            workers.remove(row)
            hosts.release(worker.host)
            software.release(worker.softwareIdentity)
            software.release(worker.softwareVersion)
            software.release(worker.softwareSystem)
            evictions += 1
        }
        sweepSeries()
    }
}
