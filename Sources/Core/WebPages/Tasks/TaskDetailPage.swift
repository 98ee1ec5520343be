internal import CeleryBroker
internal import ClusterState
internal import Identity
import PageKit

/// One task: what happened, why, and everything that is known of it.
struct TaskDetailPage: Page {
    let links: Links
    let id: String
    private let role: Role
    private let watch: StoredResultWatch
    private let archived = ArchivedTask()

    init(links: Links, id: String, role: Role) {
        self.links = links
        self.id = id
        self.role = role
        watch = StoredResultWatch(id: id)
    }

    func prepare(_ source: PageSource) async {
        await archived.read(id, from: source)
        if isOpen(source) { await watch.fetch(from: source.results) }
    }

    func watched(_ source: PageSource) {
        if isOpen(source) { watch.follow(source.results) } else { watch.stop() }
    }

    /// Whether events have not told the end, so that the result backend may know more.
    /// The backend is not asked for a task of which nobody knows whether this person may see it.
    private func isOpen(_ source: PageSource) -> Bool {
        archived.task(id, source).map { !$0.state.isFinished } ?? (source.cluster.scope == nil)
    }

    func mark(_ source: PageSource) -> PageMark {
        PageMark(
            revision: source.cluster.task(id).map { $0.revision &+ 1 } ?? 0,
            resultsProblem: source.results.summary.problem, storedDigest: watch.digest)
    }

    func content(_ source: PageSource) -> PageContent {
        let seen = archived.task(id, source)
        var stored = seen == nil && source.cluster.scope != nil ? nil : watch.stored
        if source.cluster.scope != nil { stored?.children = [] }
        let told = StoredTask(id, seen: seen, stored: stored)
        let actions = TaskActions(
            id: id, name: told.task?.name, state: told.task?.state, results: source.results.summary,
            rights: Rights(role, source.instance), links: links)
        guard let task = told.task else { return Self.unknown(id, actions, archived.problem, links: links) }
        return Self.content(task, told, actions, links: links, now: source.now())
    }

    private static func content(
        _ task: TaskSnapshot, _ told: StoredTask, _ actions: TaskActions, links: Links, now: Double
    ) -> PageContent {
        let name = task.name ?? "Name not known"
        var page = PageContent(title: "\(name) \(task.uuid.prefix(8))", section: .tasks, kind: "task")
        page.still { $0.element(.p, .class("crumbs")) { $0.element(.a, .href(links.page("/tasks")), text: "Tasks") } }
        page.element(.div, .class("title")) { page in
            page.region("name", .h1, .class("breakable")) { $0.text(name) }
            page.region("state", .p, .class("title-state")) { state(&$0, task) }
        }
        page.still { html in
            html.element(.p, .class("identity")) { html in
                html.element(.span, .class("mono id"), .id("task-id"), text: task.uuid)
                html.copyButton(task.uuid, label: "Copy the task's id")
                if let name = task.name {
                    html.element(.a, .href(links.tasks(("name", name))), text: "All \(name)")
                }
            }
        }
        page.region("actions", .div) { actions.append(to: &$0) }
        page.outcomePlace()
        page.region("failure", .div) { failure(&$0, task) }
        page.region("timeline", .section, .class("panel timeline-panel"), .aria("label", "Timeline")) {
            timeline(&$0, TaskTimeline(task), task, now: now)
        }
        page.region("told", .div) { toldByBackend(&$0, told) }
        page.element(.div, .class("columns")) { page in
            page.element(.div, .class("column-main")) { page in
                page.region("progress", .section) { TaskProgress.append(to: &$0, told.stored) }
                page.region("traceback", .section) { tracebackSection(&$0, task) }
                page.region("outcome", .section) { TaskFacts.outcome(&$0, task) }
                page.region("arguments", .section) { TaskFacts.arguments(&$0, task) }
                page.region("attempts", .section) { TaskAttempts.append(to: &$0, task, now: now) }
            }
            page.region("facts", .aside, .class("column-side")) { TaskFacts.append(to: &$0, task, links) }
        }
        return page
    }

    private static func state(_ html: inout HTML, _ task: TaskSnapshot) {
        html.badge(task.state)
        if task.state == .started, let started = task.started {
            html.element(.span, .class("running")) { $0.time(started, tick: .for) { "since \($0.second)" } }
        }
        if let runtime = task.runtime {
            html.element(.span, .class("muted"), text: "in \(Amounts.duration(runtime))")
        }
        if task.isTerminated == true {
            html.element(.span, .class("tag"), text: task.signal.map { "terminated by \($0)" } ?? "terminated")
        }
        if task.isExpired == true { html.element(.span, .class("tag"), text: "expired") }
    }

    private static func failure(_ html: inout HTML, _ task: TaskSnapshot) {
        guard let exception = task.displayException, task.state == .failure || task.state == .retry else { return }
        html.element(.div, .class(task.state == .failure ? "notice notice-bad" : "notice notice-warn")) { html in
            html.element(
                .span, .class(task.state == .failure ? "i i-failure" : "i i-retry"), .aria("hidden", "true"))
            html.element(.div) { html in
                html.element(.p, .class("mono breakable"), text: exception)
                if task.state == .failure, TaskAttempts.isExhausted(task) {
                    html.element(
                        .p, text: "Retries exhausted: it failed for good after \(TaskAttempts.total(task)) attempts.")
                } else if task.state == .retry {
                    html.element(.p, text: "Attempt \(TaskAttempts.total(task)) ended so; it will be tried again.")
                }
            }
        }
    }

    private static func timeline(_ html: inout HTML, _ timeline: TaskTimeline, _ task: TaskSnapshot, now: Double) {
        html.element(.h2, text: "Timeline")
        html.element(.ol, .class("timeline")) { html in
            for step in timeline.steps {
                html.element(.li, .class("step state-\(step.style)")) { html in
                    if let since = step.since {
                        html.element(.span, .class("interval")) { html in
                            html.element(.strong, text: Amounts.duration(since.seconds))
                            html.text(" \(since.meaning)")
                        }
                    }
                    html.element(.span, .class("step-at")) { html in
                        html.element(.span, .class("step-word"), text: step.word)
                        html.clock(step.time, now: now)
                    }
                }
            }
            if task.state == .started, let started = task.started {
                html.element(.li, .class("step step-open state-started")) { html in
                    html.element(.span, .class("interval")) { html in
                        html.element(.strong) { $0.time(started, tick: .elapsed) { _ in "running" } }
                        html.text(" so far")
                    }
                    html.element(.span, .class("step-at")) { $0.element(.span, .class("step-word"), text: "Running") }
                }
            }
        }
        if let total = timeline.total, timeline.steps.count > 2 {
            html.element(
                .p, .class("muted"), text: "\(Amounts.duration(total)) from first to last event, all times UTC.")
        }
        if timeline.steps.contains(where: { ($0.since?.seconds ?? 0) < 0 }) {
            html.element(.p, .class("muted"), text: "The clocks of the machines involved differ.")
        }
        for sentence in timeline.missing { html.element(.p, .class("muted hint"), text: sentence) }
    }

    private static func toldByBackend(_ html: inout HTML, _ told: StoredTask) {
        guard told.isToldByBackend else { return }
        html.element(
            .p, .class("muted hint"),
            text: "The result backend told this state; no event did. What only events tell is missing.")
    }

    private static func tracebackSection(_ html: inout HTML, _ task: TaskSnapshot) {
        guard let traceback = task.traceback, !traceback.isEmpty else { return }
        html.element(.h2, text: task.state == .failure ? "Traceback" : "Traceback of the last failed attempt")
        html.traceback(traceback, id: "traceback")
    }

    private static func unknown(
        _ id: String, _ actions: TaskActions, _ historyProblem: String?, links: Links
    ) -> PageContent {
        var page = PageContent(title: "Unknown task", section: .tasks, kind: "unknown-task")
        page.status = 404
        page.still { html in
            html.element(.section, .class("empty")) { html in
                html.element(.span, .class("i i-task empty-icon"), .aria("hidden", "true"))
                html.element(.h1, text: "No event has been seen for this task")
                html.element(.p, .class("mono breakable"), text: id)
                html.element(.p, text: "It may be that")
                html.element(.ul) { html in
                    for reason in [
                        "it was sent before this monitor started, or in a gap in its view,",
                        "it waits in a queue and its sender has no task_send_sent_event = True,",
                        "it was forgotten to make room for newer tasks,",
                        "it belongs to another broker than the one shown below,",
                        "its worker runs without -E and so sends no events.",
                    ] { html.element(.li, text: reason) }
                }
                if let historyProblem {
                    html.element(.p, text: "History cannot tell: \(historyProblem)")
                }
                html.element(.p, text: "This page shows the task as soon as an event or a stored state of it comes.")
                html.element(.p, .class("actions")) { html in
                    html.element(.a, .class("button button-main"), .href(links.page("/tasks")), text: "All tasks")
                }
                actions.append(to: &html)
            }
        }
        page.outcomePlace()
        return page
    }
}
