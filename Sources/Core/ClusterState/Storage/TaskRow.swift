/// Event kinds of which a row has one time only; the others' times are in the outcome record.
enum EndedKind: UInt8 {
    case none
    case succeeded, failed, retried, revoked, rejected
}

/// One task in 104 bytes. Absent times are NaN, absent handles and records 0, absent rows −1.
struct TaskRow {
    struct Flags: OptionSet {
        let rawValue: UInt16

        static let isUsed = Flags(rawValue: 1 << 0)
        static let textIsCut = Flags(rawValue: 1 << 1)
        /// Counted in its worker's prefetched tasks.
        static let isPrefetched = Flags(rawValue: 1 << 2)
        /// In the list of finished tasks.
        static let isInFinishedList = Flags(rawValue: 1 << 3)
        /// An event other than task-sent is known.
        static let isKnownToWorker = Flags(rawValue: 1 << 4)
        static let isTerminated = Flags(rawValue: 1 << 5)
        static let isExpired = Flags(rawValue: 1 << 6)
        static let hasRevocation = Flags(rawValue: 1 << 7)
        /// The root is the task itself; another root is in its origin.
        static let isOwnRoot = Flags(rawValue: 1 << 8)
        /// Copied since it is here, by whoever keeps tasks beyond memory.
        static let isTaken = Flags(rawValue: 1 << 9)
    }

    static let noAttempt = UInt16.max

    var id = TaskID.none
    var received = Double.nan
    var started = Double.nan
    /// The time of `endedKind`.
    var ended = Double.nan
    var runtime = Double.nan
    var clock = Int64.min
    var revision: UInt64 = 0
    var name: UInt32 = 0
    var worker: UInt32 = 0
    /// Row + 1 of its `TaskOrigin`, 0 is none.
    var origin: UInt32 = 0
    /// args, kwargs, eta, expires.
    var request: TextArena.Reference = 0
    /// result, exception, traceback, signal, attempts, times.
    var outcome: TextArena.Reference = 0
    /// Neighbours by recency of the last event, in the list of finished or of unfinished tasks.
    var newer: Int32 = -1
    var older: Int32 = -1
    var state = StateCode.pending
    /// The highest attempt number seen.
    var retries = TaskRow.noAttempt
    /// How many attempts are known to have ended in RETRY.
    var attemptsEnded: UInt16 = 0
    /// The highest attempt number of a task-received.
    var receivedAttempt = TaskRow.noAttempt
    private var flagBits: UInt16 = 0

    private static let endedShift: UInt16 = 13

    /// Flags in the low bits, the ended kind in the highest three.
    var flags: Flags {
        @inline(__always) get { Flags(rawValue: flagBits & (1 << TaskRow.endedShift - 1)) }
        @inline(__always) set { flagBits = flagBits & ~(1 << TaskRow.endedShift - 1) | newValue.rawValue }
    }

    var endedKind: EndedKind {
        @inline(__always) get { EndedKind(rawValue: UInt8(flagBits >> TaskRow.endedShift)) ?? .none }
        @inline(__always) set {
            flagBits = flagBits & (1 << TaskRow.endedShift - 1) | UInt16(newValue.rawValue) << TaskRow.endedShift
        }
    }
}

/// Where a task comes from: what only tasks with a sent event, a parent or another task as root have.
struct TaskOrigin {
    var root = TaskID.none
    var parent = TaskID.none
    var sent = Double.nan
    /// The publisher's node name.
    var client: UInt32 = 0
    /// Queue, exchange and routing key as one interned text.
    var route: UInt32 = 0
    /// Neighbours among the children of the same parent.
    var nextSibling: Int32 = -1
    var previousSibling: Int32 = -1

    static let absent = TaskOrigin()
}
