internal import CeleryBroker
import CeleryProtocol
internal import ClusterState
internal import Identity
import PageKit

/// One worker: what it does now, and what it says of itself when asked.
struct WorkerDetailPage: Page {
    struct Model {
        var worker: WorkerSnapshot?
        var inspection: WorkerInspection?
        /// Tasks that were started there and have not ended, the oldest first.
        var running = TaskPage()
        var blindSince: Double?
        var now = 0.0
    }

    /// Answers older than this are asked for anew while somebody looks.
    static let freshness = 30.0
    static let shownTasks = 50

    let links: Links
    let name: String
    private let role: Role
    private let asking: InspectionRequest

    init(links: Links, name: String, role: Role) {
        self.links = links
        self.name = name
        self.role = role
        asking = InspectionRequest(worker: name)
    }

    func opened(_ source: PageSource) {
        guard source.cluster.worker(name) != nil || source.broker.inspections()[name] != nil else { return }
        asking.ask(
            source.broker, newest: source.broker.inspections()[name], now: source.now(), freshness: Self.freshness)
    }

    func mark(_ source: PageSource) -> PageMark {
        PageMark(
            revision: source.cluster.revision, workersOnline: source.cluster.worker(name)?.isAlive == true ? 1 : 0,
            blindSince: source.blindSince,
            inspectedAt: source.broker.inspections()[name]?.timestamp)
    }

    func content(_ source: PageSource) -> PageContent {
        var query = TaskQuery(sortKey: .started, descending: false, limit: Self.shownTasks)
        query.worker = name
        query.state = "STARTED"
        let model = Model(
            worker: source.cluster.worker(name), inspection: source.broker.inspections()[name],
            running: source.cluster.tasks(query), blindSince: source.blindSince,
            now: source.now())
        return Self.content(model, name: name, links: links, rights: Rights(role, source.instance))
    }

    static func content(_ model: Model, name: String, links: Links, rights: Rights) -> PageContent {
        guard model.worker != nil || model.inspection != nil else { return unknown(name, links: links) }
        var page = PageContent(title: name, section: .workers, kind: "worker")
        page.still { html in
            html.element(.p, .class("crumbs")) { $0.element(.a, .href(links.page("/workers")), text: "Workers") }
        }
        page.element(.div, .class("title")) { page in
            page.still { $0.element(.h1, .class("breakable"), text: name) }
            page.region("state", .p, .class("title-state")) { html in
                html.workerStatus(
                    WorkerStatus(model.worker, blindSince: model.blindSince), lastHeartbeat: model.worker?.lastHeartbeat
                )
            }
        }
        page.element(.div, .class("columns")) { page in
            page.element(.div, .class("column-main")) { page in
                running(&page, model, name: name, links: links)
                page.region("controls", .section) { html in
                    WorkerControls(
                        name: name, inspection: model.inspection,
                        status: WorkerStatus(model.worker, blindSince: model.blindSince), rights: rights, links: links
                    ).append(to: &html)
                }
                page.outcomePlace()
                page.region("inspected", .section) { inspected(&$0, model, name: name, links: links, rights: rights) }
            }
            page.region("facts", .aside, .class("column-side")) {
                WorkerFacts.append(to: &$0, model.worker, name: name, links: links)
            }
        }
        return page
    }

    private static func running(_ page: inout PageContent, _ model: Model, name: String, links: Links) {
        page.still { $0.element(.h2, text: "Running now") }
        page.element(.div, .class("panel")) { page in
            page.element(.table, .class("grid cards tasks"), .data("keys")) { page in
                page.still { html in
                    html.element(.thead) { html in
                        html.element(.tr) { html in
                            for (title, style) in [("Task", "primary"), ("UUID", "uuid"), ("Running", "number")] {
                                html.element(.th, .class(style), .scope("col"), text: title)
                            }
                        }
                    }
                }
                page.rows(
                    "running",
                    model.running.tasks.map {
                        TaskLine(task: $0, links: links, now: model.now).row([.name, .uuid, .runtime])
                    })
            }
            page.region("idle", .div, .class("none")) { html in
                if model.running.tasks.isEmpty {
                    html.element(
                        .p,
                        text: model.worker?.isAlive == true
                            ? "No task is running on this worker, as far as its events tell."
                            : "No started task of this worker is open.")
                } else if model.running.matched > model.running.tasks.count {
                    html.element(
                        .a, .href(links.tasks(("worker", name), ("state", "STARTED"))),
                        text: "All \(Amounts.count(model.running.matched)) running tasks")
                }
            }
        }
    }

    private static func inspected(
        _ html: inout HTML, _ model: Model, name: String, links: Links, rights: Rights
    ) {
        guard let inspection = model.inspection else {
            html.element(.h2, text: "What the worker says")
            html.element(
                .p, .class("muted"),
                text: model.blindSince == nil && model.worker?.isAlive == true
                    ? "It is being asked now. Its pool, queues, statistics and configuration appear here when it answers; "
                        + "a worker whose main process is busy may take long."
                    : "It has not answered yet, and cannot be asked at the moment.")
            return
        }
        html.element(.div, .class("controls")) { html in
            html.element(.p, .class("muted"), .id("inspected-at")) { html in
                html.text("From the worker's own answers, the newest ")
                html.time(inspection.timestamp, tick: .ago) { "at \($0.second)" }
                html.text(".")
            }
            guard !rights.isPassive else { return }
            ActionForm(
                word: "Ask again", path: "/api/workers", hidden: [("workername", name), ("refresh", "1")],
                isReading: true, done: "The worker was asked.", effect: "#inspected-at time"
            ).append(to: &html, links, rights)
        }
        WorkerAnswers.append(to: &html, inspection)
    }

    private static func unknown(_ name: String, links: Links) -> PageContent {
        var page = PageContent(title: "Unknown worker", section: .workers, kind: "unknown-worker")
        page.status = 404
        page.still { html in
            html.element(.section, .class("empty")) { html in
                html.element(.span, .class("i i-worker empty-icon"), .aria("hidden", "true"))
                html.element(.h1, text: "No worker of this name has been heard from")
                html.element(.p, .class("mono breakable"), text: name)
                html.element(
                    .p,
                    text: "Names are written as in celery@host. The worker may have been started under another name, "
                        + "use another broker, or have been silent since this monitor started. "
                        + "This page shows it as soon as its first event comes.")
                html.element(.p, .class("actions")) { html in
                    html.element(.a, .class("button button-main"), .href(links.page("/workers")), text: "All workers")
                }
            }
        }
        return page
    }
}
