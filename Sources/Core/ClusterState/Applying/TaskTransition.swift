internal import CeleryProtocol

/// What an event means for the state of the task it is about.
///
/// Celery's own rule (a state gives way unless the new one is weaker; RETRY gives way to anything), and what it gets
/// wrong put right: a late task-sent changes nothing that is known; an attempt that has ended does not hide the next
/// one, which workers report before they report the end (task-received comes before the task-retried it follows from);
/// a task that has ended only starts again with a later task-received.
enum TaskTransition: Equatable {
    /// The task enters the state that the event tells of.
    case enters
    /// The state stays; what the event carries is taken over.
    case merges
    /// Nothing that is known changes; what was unknown is filled in.
    case fills
    /// The end of an attempt before the present one.
    case endsEarlierAttempt

    /// The part of a task that the rules look at.
    struct Subject {
        var state: StateCode
        /// When the state was set.
        var timestamp: Double
        /// Any event but task-sent is known.
        var isKnownToWorker: Bool
        /// The highest attempt of a task-received, nil before the first.
        var receivedAttempt: Int?
        var attemptsEnded: Int
    }

    /// - Parameters:
    ///   - subject: nil for the first event of a task.
    ///   - state: the state that `kind` stands for.
    ///   - retries: the attempt number that the event carries.
    @inline(__always)
    init(of kind: EventKind, to state: StateCode, at timestamp: Double, retries: Int?, for subject: Subject?) {
        guard let subject else {
            self = .enters
            return
        }
        if kind == .taskSent {
            self = subject.isKnownToWorker ? .fills : .enters
            return
        }
        let hasEnded = subject.state == .success || subject.state == .failure || subject.state == .revoked
        if hasEnded {
            switch kind {
            case .taskSucceeded: self = .enters
            case .taskReceived: self = timestamp > subject.timestamp ? .enters : .merges
            case .taskRetried: self = .endsEarlierAttempt
            default: self = state == subject.state ? .enters : .merges
            }
            return
        }
        switch kind {
        case .taskRetried:
            let isEarlier = subject.receivedAttempt.map { $0 > subject.attemptsEnded } ?? false
            self = isEarlier ? .endsEarlierAttempt : .enters
        case .taskReceived:
            let isNewAttempt = retries.flatMap { new in subject.receivedAttempt.map { new > $0 } } ?? false
            self = isNewAttempt || !TaskTransition.isWeaker(state, than: subject.state) ? .enters : .merges
        default:
            self = TaskTransition.isWeaker(state, than: subject.state) ? .merges : .enters
        }
    }

    @inline(__always)
    private static func isWeaker(_ state: StateCode, than present: StateCode) -> Bool {
        present != .retry && state.rank > present.rank
    }
}
