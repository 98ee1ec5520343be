internal import ClusterState
import PageKit

/// The attempts of a task that was retried.
enum TaskAttempts {
    /// All attempts, this one included.
    static func total(_ task: TaskSnapshot) -> Int {
        let earlier = max(task.attempts.count, task.retries ?? 0)
        return task.state == .retry ? max(earlier, 1) : earlier + 1
    }

    /// Failed for good after at least one retry.
    static func isExhausted(_ task: TaskSnapshot) -> Bool { task.state == .failure && total(task) > 1 }

    static func append(to html: inout HTML, _ task: TaskSnapshot, now: Double) {
        guard !task.attempts.isEmpty else { return }
        html.element(.h2, text: "Attempts")
        html.element(.ol, .class("attempts")) { html in
            for (index, attempt) in task.attempts.enumerated() {
                html.element(.li, .class("attempt state-retry")) { one(&$0, attempt, index: index, now: now) }
            }
            if task.state != .retry {
                html.element(.li, .class("attempt state-\(task.state.styleName)")) { html in
                    html.element(.p, .class("attempt-head")) { html in
                        html.badge(task.state)
                        if let time = task.timestamp { html.clock(time, now: now) }
                        html.element(
                            .span, .class("muted"), text: task.state.isFinished ? "the last attempt" : "this attempt")
                    }
                    if task.state == .failure, let exception = task.displayException {
                        html.element(.p, .class("mono breakable"), text: exception)
                    }
                }
            }
        }
        let known = task.attempts.count
        if let retries = task.retries, retries > known {
            html.element(
                .p, .class("muted hint"),
                text:
                    "Celery counts \(Amounts.counted(retries, "retry", "retries")), \(Amounts.count(known)) of them are kept here."
            )
        }
    }

    private static func one(_ html: inout HTML, _ attempt: TaskAttempt, index: Int, now: Double) {
        html.element(.p, .class("attempt-head")) { html in
            html.badge(.retry)
            html.clock(attempt.time, now: now)
            if let worker = attempt.worker { html.element(.span, .class("muted"), text: "on \(worker)") }
        }
        html.element(.p, .class("mono breakable"), text: attempt.exception ?? "No exception was reported.")
        if let traceback = attempt.traceback, !traceback.isEmpty {
            html.element(.details) { html in
                html.element(.summary, text: "Traceback")
                html.traceback(traceback, id: "traceback-\(index)")
            }
        }
    }
}
