internal import CeleryProtocol

extension ClusterStore {
    /// Notes what an event did to a row. `previousTime` is the time of the same kind before it, NaN when it is the first.
    mutating func noteChange(
        _ kind: EventKind, at timestamp: Double, previousTime: Double, previousWorker: UInt32, entersCustomState: Bool,
        row at: Int
    ) {
        changed.note(at)
        if !previousTime.isNaN, previousTime != timestamp {
            noteEarlier(kind, at: previousTime, worker: previousWorker, row: at)
        } else if entersCustomState {
            addStep(
                state(tasks.rows[at].state), at: timestamp, worker: hosts.string(tasks.rows[at].worker), row: at)
        }
    }

    private mutating func noteEarlier(_ kind: EventKind, at time: Double, worker: UInt32, row at: Int) {
        guard let state = TaskState(ofTime: kind) else { return }
        let started = tasks.rows[at].started
        switch kind {
        case .taskSent: addStep(state, at: time, worker: hosts.string(tasks.origin(of: Int32(at)).client), row: at)
        case .taskReceived:
            addStep(state, at: time, worker: hosts.string(worker), row: at)
            // The next attempt may be another worker's: the start of this one is noted while it is known whose it was.
            if started >= time { addStep(.started, at: started, worker: hosts.string(worker), row: at) }
        case .taskStarted where tasks.rows[at].received > time: break
        default: addStep(state, at: time, worker: hosts.string(worker), row: at)
        }
    }

    private mutating func addStep(_ state: TaskState, at time: Double, worker: String?, row at: Int) {
        guard changed.steps.count < ChangedRows.stepLimit, let uuid = text(of: tasks.rows[at].id) else {
            changed.spilled += 1
            return
        }
        changed.steps.append(TaskStep(uuid: uuid, state: state, time: time, worker: worker))
    }

    /// A row is about to go: what nobody has taken yet is copied, as long as there is room.
    mutating func keepBeforeEviction(_ at: Int) {
        guard changed.isOn, changed.forget(at) else { return }
        // Copying what there is no room for would cost ingest the most when it has the least time.
        if changed.hasRoom { changed.keep(change(at)) } else { changed.spilled += 1 }
    }

    /// Moves at most `limit` changed tasks into `taken`; false when none is left.
    mutating func takeChanges(limit: Int, into taken: inout TaskChanges) -> Bool {
        var left = limit
        while left > 0, taken.bytes < TaskChanges.byteLimit, let task = changed.popEvicted() {
            taken.append(task)
            left -= 1
        }
        while left > 0, taken.bytes < TaskChanges.byteLimit, let row = changed.next() {
            taken.append(change(row))
            tasks.rows[row].flags.insert(.isTaken)
            left -= 1
        }
        taken.waiting = changed.count + changed.evicted.count
        taken.spilled = changed.spilled
        return taken.waiting > 0
    }

    private func change(_ at: Int) -> TaskChange {
        TaskChange(task: snapshot(at, childLimit: 0), isFirst: !tasks.rows[at].flags.contains(.isTaken))
    }
}

extension TaskChanges {
    /// Copies lie beside the state, so they have a bound of their own: tasks may have texts of hundreds of kilobytes.
    static let byteLimit = 8 << 20

    fileprivate mutating func append(_ task: TaskChange) {
        tasks.append(task)
        bytes += task.task.textBytes
    }
}

extension TaskState {
    /// The state whose last time a task keeps for `kind`; nil when it keeps none.
    fileprivate init?(ofTime kind: EventKind) {
        switch kind {
        case .taskSent: self = .pending
        case .taskReceived: self = .received
        case .taskStarted: self = .started
        case .taskSucceeded: self = .success
        case .taskFailed: self = .failure
        case .taskRetried: self = .retry
        case .taskRevoked: self = .revoked
        case .taskRejected: self = .rejected
        default: return nil
        }
    }
}
