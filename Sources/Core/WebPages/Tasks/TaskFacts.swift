internal import ClusterState
import PageKit

/// What is known of a task besides its story.
enum TaskFacts {
    static func outcome(_ html: inout HTML, _ task: TaskSnapshot) {
        guard task.state == .success || task.result != nil else { return }
        html.element(.h2, text: "Result")
        value(&html, task.result, id: "result", missing: "No event carried a result.")
    }

    static func arguments(_ html: inout HTML, _ task: TaskSnapshot) {
        html.element(.h2, text: "Arguments")
        let missing = "No event carried them."
        html.element(.h3, text: "Positional")
        value(&html, task.args, id: "args", missing: missing)
        html.element(.h3, text: "Keyword")
        value(&html, task.kwargs, id: "kwargs", missing: missing)
        if task.textIsCut {
            html.element(
                .p, .class("muted hint"),
                text: "A text of this task was longer than what is kept here, and its end is cut off.")
        }
    }

    private static func value(_ html: inout HTML, _ text: String?, id: String, missing: String) {
        guard let text else {
            html.element(.p, .class("muted"), text: missing)
            return
        }
        html.element(.div, .class("value-box")) { html in
            html.element(.pre, .id(id), text: text)
            html.copyButton(from: id, label: "Copy")
        }
        if TaskText.isCutByCelery(text) {
            html.element(
                .p, .class("muted hint"),
                text: "Cut by Celery before it was sent: events carry at most about 1,024 characters of each value.")
        }
    }

    static func append(to html: inout HTML, _ task: TaskSnapshot, _ links: Links) {
        html.element(.h2, text: "Details")
        html.element(.dl, .class("facts")) { html in
            if let worker = task.worker {
                html.fact("Worker") { $0.workerName(worker, links) }
            }
            html.fact("Queue", task.queue)
            html.fact("Routing key", task.routingKey)
            html.fact("Exchange", task.exchange.flatMap { $0.isEmpty ? nil : $0 })
            html.fact("Sent by", task.client)
            html.fact("Runtime", task.runtime.map { Amounts.duration($0) })
            html.fact("Retries", task.retries.map { Amounts.count($0) })
            html.fact("ETA", task.eta)
            html.fact("Expires", task.expires)
            for (word, time) in [
                ("Sent", task.sent), ("Received", task.received), ("Started", task.started),
                ("Succeeded", task.succeeded), ("Failed", task.failed), ("Retried", task.retried),
                ("Rejected", task.rejected), ("Revoked", task.revoked), ("Last change", task.timestamp),
            ] {
                if let time { html.fact(word) { $0.time(time) { $0.full } } }
            }
            html.fact("Clock", task.clock.map { Amounts.count($0) })
            related(&html, "Root", task.rootID.map { [$0] } ?? [], of: task, links)
            related(&html, "Parent", task.parentID.map { [$0] } ?? [], of: task, links)
            related(&html, "Children", task.children, of: task, links)
        }
    }

    private static func related(
        _ html: inout HTML, _ word: String, _ ids: [String], of task: TaskSnapshot, _ links: Links
    ) {
        let others = ids.filter { $0 != task.uuid }
        guard !others.isEmpty else {
            if ids.contains(task.uuid) { html.fact(word, "this task") }
            return
        }
        html.fact(word) { html in
            for id in others.prefix(20) {
                html.element(.a, .class("mono id"), .href(links.task(id)), text: id)
                html.text(" ")
            }
            if others.count > 20 { html.text("and \(Amounts.count(others.count - 20)) more") }
        }
    }
}

extension HTML {
    /// One line of a list of facts; nothing when the value is not known.
    mutating func fact(_ word: String, _ value: String?) {
        guard let value else { return }
        fact(word) { $0.text(value) }
    }

    mutating func fact(_ word: String, _ value: (inout HTML) -> Void) {
        element(.dt, text: word)
        element(.dd) { value(&$0) }
    }
}
