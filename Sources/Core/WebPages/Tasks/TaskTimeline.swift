internal import ClusterState

/// What happened to a task when, with the time between.
struct TaskTimeline: Equatable {
    struct Step: Equatable {
        var word: String
        var time: Double
        /// The state that this step made, for its colour.
        var style: String
        /// From the step before, e.g. 0.012 "in the queue"; nil for the first.
        var since: Interval?
    }

    struct Interval: Equatable {
        var seconds: Double
        var meaning: String
    }

    var steps: [Step]
    /// Sentences about events that should be there and are not.
    var missing: [String]

    init(_ task: TaskSnapshot) {
        var points: [(word: String, time: Double, style: String, meaning: String)] = []
        func add(_ word: String, _ time: Double?, _ style: String, _ meaning: String) {
            if let time, time.isFinite { points.append((word, time, style, meaning)) }
        }
        add("Sent", task.sent, "pending", "")
        add("Received", task.received, "received", task.sent == nil ? "" : "in the queue")
        add("Started", task.started, "started", "waiting in the worker")
        add("Retried", task.retried, "retry", "until it asked to be retried")
        add("Succeeded", task.succeeded, "success", "running")
        add("Failed", task.failed, "failure", task.started == nil ? "until it failed" : "running")
        add("Rejected", task.rejected, "rejected", "until it was rejected")
        add("Revoked", task.revoked, "revoked", "until it was revoked")
        // A retry is sent, received and started again, so its steps may be older than the others.
        let sorted = points.enumerated().sorted {
            $0.element.time == $1.element.time ? $0.offset < $1.offset : $0.element.time < $1.element.time
        }.map(\.element)
        steps = []
        for point in sorted {
            let since = steps.last.map { Interval(seconds: point.time - $0.time, meaning: point.meaning) }
            steps.append(Step(word: point.word, time: point.time, style: point.style, since: since))
        }
        missing = Self.missing(task)
    }

    /// From the first step to the last.
    var total: Double? {
        guard let first = steps.first, let last = steps.last, steps.count > 1 else { return nil }
        return last.time - first.time
    }

    private static func missing(_ task: TaskSnapshot) -> [String] {
        var missing: [String] = []
        if task.sent == nil {
            missing.append(
                "No sent event: how long the task waited in its queue is not known. "
                    + "Set task_send_sent_event = True where tasks are sent.")
        }
        if task.received == nil, task.state != .pending {
            missing.append("No received event: the worker does not know this task, or the event was missed.")
        }
        if task.started == nil, [.success, .failure, .retry].contains(task.state) {
            missing.append("No started event: it was missed, or came before this monitor started.")
        }
        return missing
    }
}
