internal import CeleryProtocol

extension EndedKind {
    init(_ kind: EventKind) {
        self =
            switch kind {
            case .taskSucceeded: .succeeded
            case .taskFailed: .failed
            case .taskRetried: .retried
            case .taskRevoked: .revoked
            case .taskRejected: .rejected
            default: .none
            }
    }

    /// The tag of this kind's time in an outcome record.
    var timeTag: UInt32 { TextField.timeBase.rawValue + UInt32(rawValue) }
}

extension ClusterStore {
    /// When the last event of `kind` happened; NaN when there was none.
    func time(of kind: EventKind, in at: Int) -> Double {
        switch kind {
        case .taskSent: return tasks.origin(of: Int32(at)).sent
        case .taskReceived: return tasks.rows[at].received
        case .taskStarted: return tasks.rows[at].started
        default:
            let ended = EndedKind(kind)
            return ended == .none ? .nan : time(of: ended, in: at)
        }
    }

    func time(of kind: EndedKind, in at: Int) -> Double {
        if tasks.rows[at].endedKind == kind { return tasks.rows[at].ended }
        guard tasks.rows[at].outcome != 0 else { return .nan }
        let record = record(tasks.rows[at].outcome)
        var offset = 0
        while let field = record.next(&offset) {
            if field.tag == kind.timeTag, field.bytes.count == 8 { return field.bytes.loadUnaligned(as: Double.self) }
        }
        return .nan
    }

    mutating func setTime(of kind: EventKind, to timestamp: Double, in at: Int) {
        switch kind {
        case .taskSent: tasks.takeOrigin(of: Int32(at)).pointee.sent = timestamp
        case .taskReceived: tasks.rows[at].received = timestamp
        case .taskStarted: tasks.rows[at].started = timestamp
        default:
            let ended = EndedKind(kind)
            if ended != .none { setTime(of: ended, to: timestamp, in: at) }
        }
    }

    /// The row has room for one ended kind, the newest; the time of the one before goes to the outcome record.
    private mutating func setTime(of kind: EndedKind, to timestamp: Double, in at: Int) {
        let previous = tasks.rows[at].endedKind
        if previous != .none, previous != kind {
            let ended = tasks.rows[at].ended
            withUnsafeBytes(of: ended) { time in
                let edits = [
                    TextRecord.Edit(tag: previous.timeTag, time), TextRecord.Edit(tag: kind.timeTag, nil),
                ]
                edits.withUnsafeBufferPointer {
                    tasks.rows[at].outcome = rewrite(tasks.rows[at].outcome, $0, owner: UInt32(at) << 1 | 1)
                }
            }
        }
        tasks.rows[at].endedKind = kind
        tasks.rows[at].ended = timestamp
    }
}
