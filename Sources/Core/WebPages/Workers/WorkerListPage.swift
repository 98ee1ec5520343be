internal import CeleryBroker
import CeleryProtocol
internal import ClusterState
import PageKit

/// All workers: the first page.
struct WorkerListPage: Page {
    /// What the list shows, apart from where it came from.
    struct Model {
        var workers: [WorkerSnapshot] = []
        var inspections: [String: WorkerInspection] = [:]
        var queues = QueueSample()
        var blindSince: Double?
        var now = 0.0
    }

    let links: Links
    let filter: WorkerFilter

    func mark(_ source: PageSource) -> PageMark {
        let queues = source.broker.queueSample()
        return PageMark(
            revision: source.cluster.revision, workersOnline: source.cluster.workers().count(where: \.isAlive),
            blindSince: source.blindSince, queuesTakenAt: queues.takenAt, queueProblem: queues.problem,
            inspectedAt: source.broker.inspections().values.map(\.timestamp).max())
    }

    func content(_ source: PageSource) -> PageContent {
        Self.content(
            Model(
                workers: source.cluster.workers(), inspections: source.broker.inspections(),
                queues: source.broker.queueSample(), blindSince: source.blindSince, now: source.now()),
            links: links, filter: filter)
    }

    static func content(_ model: Model, links: Links, filter: WorkerFilter) -> PageContent {
        let lines = model.workers.map {
            WorkerLine($0, inspection: model.inspections[$0.hostname], blindSince: model.blindSince)
        }
        let matching = filter.apply(to: lines)
        var page = PageContent(title: "Workers", section: .workers, kind: "workers")
        page.still { $0.element(.h1, text: "Workers") }
        page.region("summary", .section, .class("tiles"), .aria("label", "Summary")) {
            summary(&$0, lines, model, links)
        }
        page.still { filterForm(&$0, links, filter) }
        page.element(.div, .class("panel"), .data("arrivals", "hold")) { page in
            page.element(.table, .class("grid cards workers"), .data("keys")) { page in
                page.still { head(&$0, links, filter) }
                page.rows("workers", filter.page(of: matching).map { $0.row(links: links) })
                page.region("totals", .tfoot) { totals(&$0, lines: matching, links: links) }
            }
            page.region("none", .div, .class("none")) { html in
                if lines.isEmpty {
                    EmptyStates.noWorkers(&html)
                } else if matching.isEmpty {
                    html.element(.p, text: "No worker matches. \(Amounts.counted(lines.count, "worker")) in all.")
                    html.element(.a, .class("button"), .href(links.page("/workers")), text: "Show all")
                }
            }
        }
        page.region("paging", .nav, .class("paging"), .aria("label", "Pages of the list")) {
            filter.paging(&$0, links: links, matched: matching.count)
        }
        return page
    }

    private static func summary(_ html: inout HTML, _ lines: [WorkerLine], _ model: Model, _ links: Links) {
        let online = lines.count(where: \.isOnline)
        let waiting = model.queues.takenAt == nil ? nil : model.queues.queues.reduce(0) { $0 + $1.messages }
        let unknown = lines.count { $0.status == .unknown }
        html.tile(
            "Online workers", unknown > 0 ? "?" : Amounts.count(online),
            note: unknown > 0
                ? "\(Amounts.count(unknown)) when the broker was lost" : "of \(Amounts.count(lines.count))",
            style: online < lines.count ? "tile-bad" : "", link: links.page("/workers"))
        html.tile(
            "Active tasks", Amounts.count(lines.reduce(0) { $0 + ($1.active ?? 0) }), note: "running now",
            link: links.tasks(("state", "STARTED")))
        html.tile(
            "Succeeded", Amounts.count(lines.reduce(0) { $0 + $1.succeeded }), note: "since start",
            link: links.tasks(("state", "SUCCESS")))
        let failed = lines.reduce(0) { $0 + $1.failed }
        html.tile(
            "Failed", Amounts.count(failed), note: "since start", style: failed > 0 ? "tile-bad" : "",
            link: links.tasks(("state", "FAILURE")))
        html.tile(
            "Waiting in queues", waiting.map { Amounts.count($0) } ?? "–",
            note: waiting == nil
                ? "not sampled yet" : Amounts.counted(model.queues.queues.count, "queue"), link: links.page("/queues"))
    }

    private static func filterForm(_ html: inout HTML, _ links: Links, _ filter: WorkerFilter) {
        html.element(
            .form, .class("filter"), .init(.method, "get"), .action(links.page("/workers")), .init(.role, "search")
        ) { html in
            html.element(.label, .class("search")) { html in
                html.element(.span, .class("i i-search"), .aria("hidden", "true"))
                html.element(
                    .input, .type("search"), .name("search"), .value(filter.search ?? ""), .data("search"),
                    .init(.placeholder, "Worker, queue or version"), .aria("label", "Filter workers"),
                    .init(.autocomplete, "off"), .init(.spellcheck, "false"))
                html.element(.kbd, .class("scripted only-wide"), text: "/")
            }
            for field in filter.hiddenFields {
                html.element(.input, .type("hidden"), .name(field.name), .value(field.value))
            }
            html.element(.button, .class("button"), .type("submit"), text: "Filter")
            html.element(.div, .class("pills"), .init(.role, "group"), .aria("label", "Status")) { html in
                for (word, status) in [("All", nil), ("Online", "online"), ("Offline", "offline")] {
                    html.element(
                        .a, .class("pill"), .href(filter.with(status: status).link(links)),
                        filter.status == status ? .aria("current", "true") : nil, text: word)
                }
            }
        }
    }

    private static func head(_ html: inout HTML, _ links: Links, _ filter: WorkerFilter) {
        html.element(.thead) { html in
            html.element(.tr) { html in
                for column in WorkerFilter.Column.allCases {
                    html.sortHeader(
                        column.title, style: column.style,
                        direction: filter.sort == column ? (filter.descending ? .descending : .ascending) : nil,
                        link: filter.sorted(by: column).link(links))
                }
            }
        }
    }

    private static func totals(_ html: inout HTML, lines: [WorkerLine], links: Links) {
        guard lines.count > 1 else { return }
        html.element(.tr) { html in
            html.element(.th, .scope("row"), text: "Total")
            html.element(
                .td,
                text: lines.contains { $0.status == .unknown }
                    ? "–" : "\(Amounts.count(lines.count(where: \.isOnline))) online")
            html.element(.td, .class("number"), text: Amounts.count(lines.reduce(0) { $0 + ($1.active ?? 0) }))
            for value in [\WorkerLine.processed, \.succeeded, \.failed, \.retried] {
                html.element(.td, .class("number"), text: Amounts.count(lines.reduce(0) { $0 + $1[keyPath: value] }))
            }
            html.element(.td, .init(.colspan, "3"))
        }
    }
}
