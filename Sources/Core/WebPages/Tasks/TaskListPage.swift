internal import CeleryBroker
internal import ClusterState
internal import History
import PageKit

/// The list of tasks: search, states, order and pages in the address.
struct TaskListPage: Page {
    /// What the list shows, apart from where it came from.
    struct Model {
        var page = TaskPage()
        var counts: [String: Int] = [:]
        var searchError: String?
        var columns = TaskColumn.standard
        var naturalTime = false
        var now = 0.0
        /// What the result backend has of running tasks, by id.
        var stored: [String: StoredResult] = [:]
        /// Behind `page`, out of history.
        var older = OlderTasks.Part()
        /// History is on, but not in this order.
        var isMemoryOnly = false

        /// Each once: a task may have come back to memory since history was read.
        var tasks: [TaskSnapshot] {
            guard !older.tasks.isEmpty else { return page.tasks }
            let seen = Set(page.tasks.map(\.uuid))
            return page.tasks + older.tasks.filter { !seen.contains($0.uuid) }
        }
    }

    let links: Links
    let filter: TaskFilter
    private let watch = ProgressWatch()
    private let older = OlderTasks()

    init(links: Links, filter: TaskFilter) {
        self.links = links
        self.filter = filter
    }

    func prepare(_ source: PageSource) async { await older.read(filter, from: source) }

    func watched(_ source: PageSource) { watch.follow(source.results, now: source.now()) }

    func mark(_ source: PageSource) -> PageMark {
        PageMark(revision: source.cluster.revision, storedDigest: watch.digest)
    }

    func content(_ source: PageSource) -> PageContent {
        var model = Model(
            counts: source.cluster.taskCounts(), columns: TaskColumn.named(source.instance.tasksColumns),
            naturalTime: source.instance.naturalTime, now: source.now())
        do {
            let query = try filter.taskQuery()
            if filter.older == nil {
                model.page = source.cluster.tasks(query)
            } else {
                model.page.total = model.counts.values.reduce(0, +)
            }
            model.older = older.value
            model.isMemoryOnly = source.history.status.isOn && !filter.reachesBack
            watch.note(model.page.tasks)
            model.stored = watch.stored
        } catch {
            model.searchError = error.message
        }
        return Self.content(model, links: links, filter: filter)
    }

    func rows(_ keys: [String], of list: String, _ source: PageSource) -> [PageContent.Row] {
        let columns = TaskColumn.named(source.instance.tasksColumns)
        let now = source.now(), stored = watch.stored
        return keys.compactMap { source.cluster.task($0) }.map {
            TaskLine(
                task: $0, links: links, now: now, naturalTime: source.instance.naturalTime, stored: stored[$0.uuid]
            ).row(columns)
        }
    }

    static func content(_ model: Model, links: Links, filter: TaskFilter) -> PageContent {
        var page = PageContent(title: title(filter), section: .tasks, kind: "tasks")
        page.still { $0.element(.h1, text: "Tasks") }
        page.still { TaskSearchForm.append(to: &$0, links, filter, error: model.searchError) }
        page.region("states", .nav, .class("pills"), .aria("label", "States")) {
            statePills(&$0, model.counts, links, filter)
        }
        page.still { chips(&$0, links, filter) }
        guard model.searchError == nil else { return page }
        page.element(.div, .class("panel"), .data("arrivals", filter.followsArrivals ? "top" : "hold")) { page in
            page.element(.table, .class("grid cards tasks"), .data("keys")) { page in
                page.still { head(&$0, model, links, filter) }
                page.rows(
                    "tasks",
                    model.tasks.map {
                        TaskLine(
                            task: $0, links: links, now: model.now, naturalTime: model.naturalTime,
                            stored: model.stored[$0.uuid]
                        ).row(model.columns)
                    })
            }
            page.region("none", .div, .class("none")) { none(&$0, model, links, filter) }
        }
        page.region("paging", .nav, .class("paging"), .aria("label", "Pages of the list")) {
            paging(&$0, model, links, filter)
        }
        return page
    }

    private static func title(_ filter: TaskFilter) -> String {
        let state = filter.state.map { TaskState(name: $0).word }
        let parts = [state, filter.name, filter.worker, filter.search].compactMap(\.self)
        return parts.isEmpty ? "Tasks" : "Tasks: \(parts.joined(separator: ", "))"
    }

    private static func statePills(_ html: inout HTML, _ counts: [String: Int], _ links: Links, _ filter: TaskFilter) {
        let known = ["RECEIVED", "STARTED", "SUCCESS", "FAILURE", "RETRY", "REVOKED"]
        let others = counts.filter { $0.value > 0 && !known.contains($0.key) }.keys.sorted()
        pill(&html, nil, counts.values.reduce(0, +), links, filter)
        for state in known + others { pill(&html, state, counts[state] ?? 0, links, filter) }
        if let state = filter.state, !(known + others).contains(state) { pill(&html, state, 0, links, filter) }
    }

    private static func pill(
        _ html: inout HTML, _ state: String?, _ count: Int, _ links: Links, _ filter: TaskFilter
    ) {
        let style = state.map { "pill state-\(TaskState(name: $0).styleName)" } ?? "pill"
        html.element(
            .a, .class(style), .href(filter.with { $0.state = state }.link(links)),
            filter.state == state ? .aria("current", "true") : nil
        ) { html in
            html.text(state.map { TaskState(name: $0).word } ?? "All")
            html.element(.span, .class("pill-count"), text: Amounts.count(count))
        }
    }

    /// What the list is narrowed to by links from other pages, each with a way out.
    private static func chips(_ html: inout HTML, _ links: Links, _ filter: TaskFilter) {
        guard filter.worker != nil || filter.name != nil else { return }
        html.element(.p, .class("chips")) { html in
            if let name = filter.name { chip(&html, "Task", name, filter.with { $0.name = nil }.link(links)) }
            if let worker = filter.worker { chip(&html, "Worker", worker, filter.with { $0.worker = nil }.link(links)) }
        }
    }

    private static func chip(_ html: inout HTML, _ label: String, _ value: String, _ without: Link) {
        html.element(.span, .class("chip")) { html in
            html.element(.span, .class("muted"), text: label)
            html.text(" \(value)")
            html.element(
                .a, .href(without), .aria("label", "Remove the filter \(label) \(value)"), .title("Remove this filter")
            ) { $0.element(.span, .class("i i-close"), .aria("hidden", "true")) }
        }
    }

    private static func head(_ html: inout HTML, _ model: Model, _ links: Links, _ filter: TaskFilter) {
        html.element(.thead) { html in
            html.element(.tr) { html in
                for column in model.columns {
                    guard let key = column.sortKey else {
                        html.element(.th, .class(column.style), .scope("col"), text: column.title)
                        continue
                    }
                    html.sortHeader(
                        column.title, style: column.style,
                        direction: filter.sortKey == key ? (filter.descending ? .descending : .ascending) : nil,
                        link: filter.sorted(by: key).link(links))
                }
            }
        }
    }

    private static func none(_ html: inout HTML, _ model: Model, _ links: Links, _ filter: TaskFilter) {
        guard model.tasks.isEmpty else { return }
        if filter.older != nil {
            html.element(.p, text: "No older task \(filter.isFiltered ? "matches" : "is stored").")
        } else if model.page.total == 0, !filter.isFiltered {
            EmptyStates.noTasks(&html)
        } else if model.page.matched > 0 {
            html.element(.p, text: "The list ends before this page.")
            html.element(.a, .class("button"), .href(filter.with { _ in }.link(links)), text: "First page")
        } else {
            html.element(.p, text: "No task matches. \(Amounts.counted(model.page.total, "task")) in all.")
            if filter.search != nil, filter.state != nil || filter.worker != nil || filter.name != nil {
                let wider = filter.with {
                    $0.state = nil
                    $0.worker = nil
                    $0.name = nil
                }
                html.element(.a, .class("button"), .href(wider.link(links)), text: "Search in all tasks")
            }
            html.element(.a, .class("button"), .href(links.page("/tasks")), text: "Show all tasks")
        }
    }

    private static func paging(_ html: inout HTML, _ model: Model, _ links: Links, _ filter: TaskFilter) {
        if filter.older == nil {
            html.paging(page: filter.pageNumber, perPage: filter.perPage, matched: model.page.matched, noun: "task") {
                number in
                var filter = filter
                filter.pageNumber = number
                return filter.link(links)
            }
        }
        model.older.append(to: &html, filter, links)
        if model.isMemoryOnly {
            html.element(
                .span, .class("muted"), text: "In this order, only tasks in memory; newest first reaches back further.")
        }
        html.element(.span, .class("sizes")) { html in
            html.text("Rows ")
            for size in TaskFilter.pageSizes {
                html.element(
                    .a, .href(filter.with { $0.perPage = size }.link(links)),
                    filter.perPage == size ? .aria("current", "true") : nil, .aria("label", "\(size) rows on a page"),
                    text: String(size))
            }
        }
    }
}
