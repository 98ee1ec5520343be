internal import ClusterState
internal import History
import PageKit
import Synchronization

/// The part of a list of tasks that comes out of history, read once when the page is opened.
final class OlderTasks: Sendable {
    struct Part: Sendable {
        var tasks: [TaskSnapshot] = []
        /// Where older ones go on; nil at the end.
        var next: TaskPosition?
        /// Why nothing comes.
        var problem: String?
    }

    private let part = Mutex(Part())

    var value: Part { part.withLock { $0 } }

    /// Fills what memory leaves free on its last page, or a whole page behind it.
    func read(_ filter: TaskFilter, from source: PageSource) async {
        guard filter.reachesBack, source.history.status.isOn, var query = try? filter.taskQuery() else { return }
        var room = filter.perPage
        if filter.older == nil {
            let page = source.cluster.tasks(query)
            guard page.matched <= filter.pageNumber * filter.perPage else { return }
            room = filter.perPage - page.tasks.count
            query.after = nil
        }
        query.offset = 0
        // One more tells whether there is more behind a full page.
        let found = await source.archive.older(query, limit: room + 1)
        var read = Part(tasks: Array(found.tasks.prefix(room)), next: found.next, problem: found.problem)
        if found.tasks.count > room { read.next = read.tasks.last?.position ?? .newest }
        part.withLock { $0 = read }
    }
}

extension OlderTasks.Part {
    /// The way on, and why there may be none.
    func append(to html: inout HTML, _ filter: TaskFilter, _ links: Links) {
        if filter.older != nil {
            html.element(.a, .class("button"), .href(filter.with { _ in }.link(links)), text: "Newest")
        }
        if let next {
            var behind = filter.with { _ in }
            behind.older = next
            html.element(.a, .class("button"), .href(behind.link(links)), .init(.rel, "next"), text: "Older")
        }
        if let problem {
            html.element(.p, .class("muted hint"), text: "Older tasks cannot be shown: \(problem)")
        }
    }
}
