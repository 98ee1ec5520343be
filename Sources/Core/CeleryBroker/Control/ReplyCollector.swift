internal import CeleryProtocol

/// Knows when enough replies to one command have come. Pure.
struct ReplyCollector {
    enum Decision: Equatable {
        case wait
        /// All known workers answered; unknown ones get a short moment more.
        case waitBriefly
        case complete
    }

    /// Replies kept for one command.
    static let maximumReplies = 20_000
    /// Bytes that they may take in memory, about.
    private let maximumBytes: Int

    private let expected: Set<String>
    /// The expected ones were named in the command, so nobody else will answer.
    private let isExact: Bool
    private var answered: Set<String> = []
    private(set) var outcome = ControlOutcome()
    private var bytes = 0
    private var dropped = 0
    private var receivers: Int?

    init(destination: [String]?, alive: [String], maximumBytes: Int = 128 << 20) {
        self.maximumBytes = maximumBytes
        expected = Set(destination ?? alive)
        isExact = destination != nil
    }

    mutating func published(to receivers: Int) {
        self.receivers = receivers
        outcome.receivers = receivers
    }

    mutating func take(_ reply: ControlReply) {
        if let problem = reply.problem, outcome.problems.count < 100 { outcome.problems.append(problem) }
        for answer in reply.answers {
            answered.insert(answer.worker)
            bytes += answer.value.bytes
            guard outcome.replies.count < Self.maximumReplies, bytes <= maximumBytes else {
                dropped += 1
                continue
            }
            outcome.replies.append(answer)
        }
    }

    /// No further reply can come.
    mutating func lost(_ reason: String) {
        outcome.problems.append("\(reason) Further replies are lost.")
    }

    var decision: Decision {
        if let receivers, outcome.replies.count + dropped + outcome.problems.count >= receivers { return .complete }
        guard !expected.isEmpty, expected.isSubset(of: answered) else { return .wait }
        return isExact ? .complete : .waitBriefly
    }

    /// The outcome with the workers that did not answer.
    func finished() -> ControlOutcome {
        var outcome = outcome
        outcome.missing = expected.subtracting(answered).sorted()
        if dropped > 0 {
            outcome.problems.append("\(dropped) answers were not kept: all together have more than \(bytes >> 20) MB.")
        }
        return outcome
    }
}
