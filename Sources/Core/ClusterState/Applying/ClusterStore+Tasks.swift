internal import CEventJSON
internal import CeleryProtocol

extension ClusterStore {
    mutating func applyTask(_ event: UnsafePointer<calyx_event>, _ kind: EventKind, type: UInt32) {
        let hasHost = event.pointee.hostname.isPresent && event.pointee.hostname.length > 0
        let host = hasHost ? hosts.intern(event.pointee.hostname.bytes) : 0
        defer { hosts.release(host) }
        let timestamp =
            event.pointee.present & UInt32(CALYX_HAS_TIMESTAMP) != 0 ? event.pointee.timestamp : receivedAt
        if kind != .taskSent, host != 0 { countWorkerTaskEvent(host, kind, type: type) }

        let uuid = event.pointee.uuid.bytes
        var id = TaskID(canonical: uuid) ?? TaskID(oddHandle: ids.find(uuid))
        var row = id.oddHandle == 0 ? -1 : tasks.find(id)
        let isNew = row < 0
        if isNew {
            while tasks.isFull { evictOne() }
            // An odd id may be known as somebody's parent: the row takes a reference of its own in any case.
            if id.oddHandle != nil { id = TaskID(oddHandle: ids.intern(uuid, limit: TaskID.longestText)) }
            row = tasks.insert(id)
            knownStateCounts[0] += 1
        } else if isDuplicate(row, kind, at: timestamp, from: host) {
            duplicates += 1
            return
        }

        let at = Int(row)
        let oldState = tasks.rows[at].state
        let previousTime = time(of: kind, in: at)
        let isFirstOfKind = previousTime.isNaN
        let newState = stateCode(of: kind, event)
        let transition = TaskTransition(
            of: kind, to: newState, at: timestamp,
            retries: event.pointee.present & UInt32(CALYX_HAS_RETRIES) != 0 ? Int(event.pointee.retries) : nil,
            for: isNew ? nil : subject(at))

        let old = tasks.rows[at]
        takeFields(event, kind, transition, into: at, host: host)
        takeTexts(event, kind, transition, timestamp: timestamp, into: at)
        setTime(of: kind, to: timestamp, in: at)
        if transition == .enters {
            enter(newState, at: timestamp, row: at)
            if event.pointee.present & UInt32(CALYX_HAS_CLOCK) != 0 { tasks.rows[at].clock = event.pointee.clock }
        }
        if newState.customHandle != 0 { states.release(newState.customHandle) }
        revision += 1
        tasks.rows[at].revision = revision
        tasks.touch(row, isFinished: tasks.rows[at].state.isFinished)
        if changed.isOn {
            noteChange(
                kind, at: timestamp, previousTime: previousTime, previousWorker: old.worker,
                entersCustomState: !newState.isKnown && transition == .enters && oldState != newState, row: at)
        }

        let entered = transition == .enters ? oldState != newState || isNew : isFirstOfKind
        countTaskEvent(
            event, kind, type: type, row: at, previous: old, host: host,
            entered: entered || transition == .endsEarlierAttempt)
        makeRoom(sparing: row)
    }

    /// A text, or a number; anything else cannot name a task.
    static func isUsableID(_ text: calyx_text) -> Bool {
        guard text.isPresent, text.length > 0, Int(text.length) <= TaskID.longestText else { return false }
        guard text.state != CALYX_TEXT_PRESENT else { return true }
        let first = text.bytes[0]
        return first == 0x2D || (first >= 0x30 && first <= 0x39)
    }

    private func subject(_ at: Int) -> TaskTransition.Subject {
        let row = tasks.rows[at]
        return TaskTransition.Subject(
            state: row.state, timestamp: tasks.timestamps[at],
            isKnownToWorker: row.flags.contains(.isKnownToWorker),
            receivedAttempt: row.receivedAttempt == TaskRow.noAttempt ? nil : Int(row.receivedAttempt),
            attemptsEnded: Int(row.attemptsEnded))
    }

    /// The same event again: same task, kind, sender and time to the microsecond. There is no event id.
    private func isDuplicate(_ row: Int32, _ kind: EventKind, at timestamp: Double, from host: UInt32) -> Bool {
        guard host != 0, time(of: kind, in: Int(row)) == timestamp else { return false }
        let at = Int(row)
        return host == (kind == .taskSent ? tasks.origin(of: row).client : tasks.rows[at].worker)
    }

    /// The state that an event stands for. The name of a custom state is held by one reference, the caller's.
    private mutating func stateCode(of kind: EventKind, _ event: UnsafePointer<calyx_event>) -> StateCode {
        switch kind {
        case .taskSent: return .pending
        case .taskReceived: return .received
        case .taskStarted: return .started
        case .taskSucceeded: return .success
        case .taskFailed: return .failure
        case .taskRetried: return .retry
        case .taskRevoked: return .revoked
        case .taskRejected: return .rejected
        default:
            let name = (event.pointee.type.string ?? "").dropFirst("task-".count).uppercased()
            // `task-` alone names no state: it weighs nothing.
            if name.isEmpty { return .pending }
            let number = StateCode.knownNames.firstIndex(of: name)
            if let number { return StateCode(rawValue: UInt32(number)) }
            return StateCode(customHandle: states.intern(text: String(name.prefix(64))))
        }
    }

    private mutating func enter(_ state: StateCode, at timestamp: Double, row at: Int) {
        let old = tasks.rows[at].state
        tasks.timestamps[at] = timestamp
        guard old != state else { return }
        leave(old)
        if state.isKnown {
            knownStateCounts[Int(state.rawValue)] += 1
        } else {
            states.retain(state.customHandle)
            customStateCounts[state.customHandle, default: 0] += 1
        }
        tasks.rows[at].state = state
    }

    /// Takes one task off the count of `state`.
    mutating func leave(_ state: StateCode) {
        if state.isKnown {
            knownStateCounts[Int(state.rawValue)] -= 1
            return
        }
        let left = customStateCounts[state.customHandle, default: 1] - 1
        customStateCounts[state.customHandle] = left > 0 ? left : nil
        states.release(state.customHandle)
    }

    /// Everything of fixed size: names, ids, attempt numbers, flags.
    private mutating func takeFields(
        _ event: UnsafePointer<calyx_event>, _ kind: EventKind, _ transition: TaskTransition, into at: Int, host: UInt32
    ) {
        let row = tasks.rows + at
        let fills = transition == .fills
        if kind == .taskSent {
            replaceHost(&tasks.takeOrigin(of: Int32(at)).pointee.client, by: host)
            takeRoute(event, into: at)
        } else {
            row.pointee.flags.insert(.isKnownToWorker)
            if host != 0, transition != .endsEarlierAttempt { replaceHost(&row.pointee.worker, by: host) }
        }
        if event.pointee.name.isPresent, !fills || row.pointee.name == 0 {
            let name = names.intern(event.pointee.name.bytes)
            names.release(row.pointee.name)
            row.pointee.name = name
            if seenNames.insert(name) { names.retain(name) }
        }
        if event.pointee.root_id.isPresent, !fills || tasks.root(of: Int32(at)).isNone {
            let root = identify(event.pointee.root_id)
            releaseID(tasks.root(of: Int32(at)))
            tasks.setRoot(root, of: Int32(at))
        }
        if event.pointee.parent_id.isPresent, !fills || tasks.origin(of: Int32(at)).parent.isNone {
            let parent = identify(event.pointee.parent_id)
            let old = tasks.origin(of: Int32(at)).parent
            tasks.setParent(parent, of: Int32(at))
            releaseID(old)
        }
        if event.pointee.present & UInt32(CALYX_HAS_RUNTIME) != 0 { row.pointee.runtime = event.pointee.runtime }
        if event.pointee.present & UInt32(CALYX_HAS_RETRIES) != 0 {
            takeRetries(Int(clamping: event.pointee.retries), kind, into: row)
        }
        if kind == .taskRetried, row.pointee.attemptsEnded < TaskRow.noAttempt - 1 { row.pointee.attemptsEnded += 1 }
        if kind == .taskRevoked {
            row.pointee.flags.insert(.hasRevocation)
            let present = event.pointee.present
            if present & UInt32(CALYX_HAS_TERMINATED) != 0, event.pointee.terminated {
                row.pointee.flags.insert(.isTerminated)
            }
            if present & UInt32(CALYX_HAS_EXPIRED) != 0, event.pointee.expired { row.pointee.flags.insert(.isExpired) }
        }
    }

    private func takeRetries(_ retries: Int, _ kind: EventKind, into row: UnsafeMutablePointer<TaskRow>) {
        let attempt = min(max(retries, 0), Int(TaskRow.noAttempt) - 2)
        if row.pointee.retries == TaskRow.noAttempt || attempt > Int(row.pointee.retries) {
            row.pointee.retries = UInt16(attempt)
        }
        guard kind == .taskReceived else { return }
        if row.pointee.receivedAttempt == TaskRow.noAttempt {
            // The first sight of this task: whatever attempts came before have ended.
            row.pointee.attemptsEnded = max(row.pointee.attemptsEnded, UInt16(attempt))
            row.pointee.receivedAttempt = UInt16(attempt)
        } else if attempt > Int(row.pointee.receivedAttempt) {
            // Only the end of the attempt right before this one may still be on its way.
            row.pointee.attemptsEnded = max(row.pointee.attemptsEnded, UInt16(attempt - 1))
            row.pointee.receivedAttempt = UInt16(attempt)
        }
    }

    private mutating func replaceHost(_ handle: inout UInt32, by host: UInt32) {
        guard handle != host else { return }
        hosts.retain(host)
        hosts.release(handle)
        handle = host
    }

    /// The id of a text, with a reference to it if it is an odd one; none when it cannot be an id.
    private mutating func identify(_ text: calyx_text) -> TaskID {
        guard ClusterStore.isUsableID(text) else { return .none }
        return TaskID(canonical: text.bytes)
            ?? TaskID(oddHandle: ids.intern(text.bytes, limit: TaskID.longestText))
    }

    mutating func releaseID(_ id: TaskID) {
        if let handle = id.oddHandle { ids.release(handle) }
    }
}
