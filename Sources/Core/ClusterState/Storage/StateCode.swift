/// A task state in four bytes: Celery's own by number, others by the handle of their name.
struct StateCode: Hashable {
    let rawValue: UInt32

    static let pending = StateCode(rawValue: 0)
    static let received = StateCode(rawValue: 1)
    static let started = StateCode(rawValue: 2)
    static let success = StateCode(rawValue: 3)
    static let failure = StateCode(rawValue: 4)
    static let retry = StateCode(rawValue: 5)
    static let revoked = StateCode(rawValue: 6)
    static let rejected = StateCode(rawValue: 7)

    static let knownCount = 8
    static let knownNames = [
        "PENDING", "RECEIVED", "STARTED", "SUCCESS", "FAILURE", "RETRY", "REVOKED", "REJECTED",
    ]

    init(rawValue: UInt32) { self.rawValue = rawValue }

    init(customHandle: UInt32) { rawValue = customHandle &+ UInt32(StateCode.knownCount) }

    var isKnown: Bool { rawValue < StateCode.knownCount }
    /// The handle of a custom state's name.
    var customHandle: UInt32 { isKnown ? 0 : rawValue &- UInt32(StateCode.knownCount) }

    /// No event is expected any more, short of a new attempt.
    var isFinished: Bool {
        self == .success || self == .failure || self == .revoked || self == .rejected
    }

    /// Celery's precedence, 0 is the strongest; a weaker state does not replace a stronger one.
    var rank: Int {
        switch self {
        case .success: 0
        case .failure: 1
        case .revoked: 3
        case .started: 4
        case .received: 5
        case .rejected: 6
        case .retry: 7
        case .pending: 8
        default: 2
        }
    }
}
