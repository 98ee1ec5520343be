internal import CeleryBroker
internal import CeleryProtocol

/// What workers answered to a command, as members of the answer: `workers` by name as they said it, `missing` those that
/// were expected to answer and did not, `problems` answers that could not be read.
struct CommandAnswer: Sendable {
    let outcome: ControlOutcome

    var members: [(key: String, value: JSONValue)] {
        var members: [(key: String, value: JSONValue)] = [
            ("workers", .object(outcome.replies.map { ($0.worker, $0.value) })),
            ("missing", .array(outcome.missing.map(JSONValue.string))),
        ]
        if !outcome.problems.isEmpty {
            members.append(("problems", .array(outcome.problems.map(JSONValue.string))))
        }
        return members
    }

    /// `ok`, the error, or that there was no answer, by worker.
    var forAudit: [(key: String, value: String)] {
        outcome.replies.map { ($0.worker, Self.error(in: $0.value) ?? "ok") }
            + outcome.missing.map { ($0, "no answer") }
    }

    /// What went wrong at one of the workers of this name; nil when all of them did it.
    func failure(at worker: String, noAnswer: @autoclosure () -> String) -> String? {
        let own = outcome.replies.filter { $0.worker == worker }
        guard !own.isEmpty else { return noAnswer() }
        return own.lazy.compactMap { Self.error(in: $0.value) }.first
    }

    /// The worker's own words of success.
    func confirmation(of worker: String) -> String? {
        for reply in outcome.replies where reply.worker == worker {
            if case .string(let text)? = reply.value["ok"] { return text }
        }
        return nil
    }

    private static func error(in value: JSONValue) -> String? {
        if value["ok"] != nil { return nil }
        if case .string(let text)? = value["error"] { return text }
        return "Unknown reason"
    }
}
