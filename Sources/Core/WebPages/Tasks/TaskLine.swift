internal import CeleryBroker
internal import ClusterState
import PageKit

/// One task as a line of a list.
struct TaskLine {
    let task: TaskSnapshot
    let links: Links
    let now: Double
    var naturalTime = false
    /// What the result backend has of it while it runs.
    var stored: StoredResult?

    func row(_ columns: [TaskColumn]) -> PageContent.Row {
        PageContent.Row(
            key: task.uuid, attributes: task.state == .failure ? [.class("failed")] : [],
            cells: columns.map { cell($0, argumentsBesideName: !columns.contains(.args)) })
    }

    private func cell(_ column: TaskColumn, argumentsBesideName: Bool) -> PageContent.Cell {
        PageContent.Cell(column.style, label: column == .state || column == .name ? nil : column.title) { html in
            switch column {
            case .state: html.badge(task.state)
            case .name: name(&html, withArguments: argumentsBesideName)
            case .uuid:
                html.element(.a, .class("mono id"), .href(links.task(task.uuid)), .title(task.uuid), text: task.uuid)
            case .args: value(&html, task.args)
            case .kwargs: value(&html, task.kwargs)
            case .result: value(&html, task.result)
            case .exception: value(&html, task.exception)
            case .received: moment(&html, task.received)
            case .started: moment(&html, task.started)
            case .revoked: moment(&html, task.revoked)
            case .runtime: runtime(&html)
            case .worker: worker(&html)
            case .exchange: html.text(task.exchange.flatMap { $0.isEmpty ? nil : $0 } ?? "–")
            case .routingKey: html.text(task.routingKey ?? "–")
            case .retries: html.text(task.retries.map { Amounts.count($0) } ?? "–")
            case .expires: html.text(task.expires ?? "–")
            case .eta: html.text(task.eta ?? "–")
            }
        }
    }

    private func name(_ html: inout HTML, withArguments: Bool) {
        html.element(.span, .class("line")) { html in
            html.element(.a, .class("key"), .href(links.task(task.uuid)), text: task.name ?? "name not known")
            if let attempt = attemptNote { html.element(.span, .class("tag"), text: attempt) }
            if task.state == .started { TaskProgress.appendBrief(to: &html, stored) }
            if withArguments, let preview = TaskText.call(args: task.args, kwargs: task.kwargs) {
                html.element(.span, .class("call"), text: preview)
            }
        }
        guard task.state == .failure || task.state == .retry, let exception = task.displayException else { return }
        html.element(.span, .class("why"), text: TaskText.line(exception, limit: 240))
    }

    private var attemptNote: String? {
        guard let retries = task.retries, retries > 0 else { return nil }
        return task.state == .failure ? "retries exhausted" : "attempt \(Amounts.count(retries + 1))"
    }

    private func value(_ html: inout HTML, _ text: String?) {
        guard let text else {
            html.element(.span, .class("muted"), text: "–")
            return
        }
        html.element(
            .span, .class("clip"), .title(TaskText.line(text, limit: 500)), text: TaskText.line(text, limit: 120))
    }

    private func moment(_ html: inout HTML, _ seconds: Double?) {
        if let seconds {
            html.clock(seconds, now: now, tick: naturalTime ? .ago : nil)
        } else {
            html.element(.span, .class("muted"), text: "–")
        }
    }

    private func runtime(_ html: inout HTML) {
        if let runtime = task.runtime {
            html.text(Amounts.duration(runtime))
        } else if task.state == .started, let started = task.started {
            html.element(.span, .class("running")) { $0.time(started, tick: .elapsed) { _ in "running" } }
        } else if task.state == .failure, let started = task.started, let failed = task.failed, failed >= started {
            html.text(Amounts.duration(failed - started))
        } else {
            html.element(.span, .class("muted"), text: "–")
        }
    }

    private func worker(_ html: inout HTML) {
        if let worker = task.worker {
            html.workerName(worker, links)
        } else {
            html.element(.span, .class("muted"), text: "–")
        }
    }
}
