internal import CeleryProtocol

extension ClusterStore {
    /// The row of the task with this id, or −1.
    func row(of uuid: String) -> Int32 {
        var uuid = uuid
        return uuid.withUTF8 { text in
            let text = UnsafeRawBufferPointer(text)
            if let id = TaskID(canonical: text) { return tasks.find(id) }
            guard text.count <= TaskID.longestText else { return -1 }
            let handle = ids.find(text)
            return handle == 0 ? -1 : tasks.find(TaskID(oddHandle: handle))
        }
    }

    func text(of id: TaskID) -> String? {
        if let handle = id.oddHandle { return ids.string(handle) }
        return id.isNone ? nil : id.canonicalText
    }

    func name(of state: StateCode) -> String {
        state.isKnown ? StateCode.knownNames[Int(state.rawValue)] : states.string(state.customHandle) ?? ""
    }

    func state(_ code: StateCode) -> TaskState {
        switch code {
        case .pending: .pending
        case .received: .received
        case .started: .started
        case .success: .success
        case .failure: .failure
        case .retry: .retry
        case .revoked: .revoked
        case .rejected: .rejected
        default: .custom(name(of: code))
        }
    }

    func snapshot(_ at: Int, childLimit: Int) -> TaskSnapshot {
        let row = tasks.rows[at]
        let origin = tasks.origin(of: Int32(at))
        var task = TaskSnapshot(uuid: text(of: row.id) ?? "", state: state(row.state))
        task.name = names.string(row.name)
        task.sent = ClusterStore.value(origin.sent)
        task.received = ClusterStore.value(row.received)
        task.started = ClusterStore.value(row.started)
        task.succeeded = ClusterStore.value(time(of: .succeeded, in: at))
        task.failed = ClusterStore.value(time(of: .failed, in: at))
        task.retried = ClusterStore.value(time(of: .retried, in: at))
        task.revoked = ClusterStore.value(time(of: .revoked, in: at))
        task.rejected = ClusterStore.value(time(of: .rejected, in: at))
        task.timestamp = ClusterStore.value(tasks.timestamps[at])
        task.runtime = ClusterStore.value(row.runtime)
        task.retries = row.retries == TaskRow.noAttempt ? nil : Int(row.retries)
        task.worker = hosts.string(row.worker)
        task.client = hosts.string(origin.client)
        task.clock = row.clock == .min ? nil : row.clock
        task.rootID = text(of: tasks.root(of: Int32(at)))
        task.parentID = text(of: origin.parent)
        if origin.route != 0 {
            let route = TaskRoute(packed: routes.text(origin.route))
            task.queue = route.queue
            task.exchange = route.exchange
            task.routingKey = route.routingKey
        }
        if row.flags.contains(.hasRevocation) {
            task.isTerminated = row.flags.contains(.isTerminated)
            task.isExpired = row.flags.contains(.isExpired)
        }
        task.textIsCut = row.flags.contains(.textIsCut)
        task.revision = row.revision
        readTexts(row.request, into: &task)
        readTexts(row.outcome, into: &task)
        task.children = tasks.children(of: row.id, limit: childLimit).ids.compactMap { text(of: $0) }
        return task
    }

    /// More children of a task, behind the row `last`, which moves on; it is −1 behind the last one.
    func children(of uuid: String, after last: inout Int32, limit: Int) -> [String] {
        let row = row(of: uuid)
        guard row >= 0, last >= 0 else {
            last = -1
            return []
        }
        let more = tasks.children(of: tasks.rows[Int(row)].id, after: last, limit: limit)
        last = more.last
        return more.ids.compactMap { text(of: $0) }
    }

    private func readTexts(_ reference: TextArena.Reference, into task: inout TaskSnapshot) {
        guard reference != 0 else { return }
        let record = record(reference)
        var offset = 0
        while let field = record.next(&offset) {
            switch TextField(rawValue: field.tag) {
            case .args: task.args = string(field)
            case .kwargs: task.kwargs = string(field)
            case .eta: task.eta = string(field)
            case .expires: task.expires = string(field)
            case .result: task.result = string(field)
            case .exception: task.exception = string(field)
            case .traceback: task.traceback = string(field)
            case .signal: task.signal = string(field)
            case .attempt:
                if let attempt = PackedAttempt.unpack(field.bytes) { task.attempts.append(attempt) }
            default: break
            }
        }
    }

    private func string(_ field: TextRecord.Field) -> String { String(decoding: text(field), as: UTF8.self) }

    /// nil for NaN and for the time of a row that has none yet.
    private static func value(_ number: Double) -> Double? { number.isFinite ? number : nil }

    func snapshot(worker row: Int, at now: Double) -> WorkerSnapshot {
        let worker = workers.rows[row]
        var snapshot = WorkerSnapshot(hostname: hosts.string(worker.host) ?? "")
        snapshot.pid = worker.pid
        snapshot.frequency = worker.frequency
        snapshot.heartbeats = worker.heartbeats
        snapshot.clock = worker.clock
        snapshot.active = worker.active
        snapshot.processed = worker.processed
        snapshot.loadAverage = worker.loadAverage.map { [$0.x, $0.y, $0.z] }
        snapshot.softwareIdentity = software.string(worker.softwareIdentity)
        snapshot.softwareVersion = software.string(worker.softwareVersion)
        snapshot.softwareSystem = software.string(worker.softwareSystem)
        snapshot.isAlive = worker.isAlive(at: now)
        snapshot.lastHeartbeat = worker.lastHeartbeat
        snapshot.revision = worker.revision
        for kind in EventKind.allCases where worker.counts[Int(kind.rawValue)] > 0 {
            snapshot.eventCounts[kind.typeName ?? "other", default: 0] += worker.counts[Int(kind.rawValue)]
        }
        for (type, count) in worker.customCounts {
            snapshot.eventCounts[types.string(type) ?? "other", default: 0] += count
        }
        return snapshot
    }

    /// The worker is to be left out: it has been gone for longer than `purgeOfflineWorkers`.
    func isPurged(worker row: Int, at now: Double) -> Bool {
        guard let limit = limits.purgeOfflineWorkers, !workers.rows[row].isAlive(at: now) else { return false }
        return now - (workers.rows[row].lastHeartbeat ?? workers.rows[row].lastSeen) >= limit
    }
}
