import PageKit

/// Which page a request names.
enum PageRoute {
    case page(any Page)
    case redirect(Link)
    case invalid(String)
    case taskIDMissing

    /// Names, in the address of a stream, the state that the document already shows.
    static let stampParameter = "_at"

    /// nil when no page is there.
    init?(_ request: PageRequest) {
        let links = Links(prefix: request.prefix)
        let path =
            request.path.count > 1 && request.path.hasSuffix("/") ? String(request.path.dropLast()) : request.path
        switch path {
        case "/", "/workers":
            // The machine-readable form of this page belongs to the API.
            if request.query.contains(where: { $0.name == "json" }) { return nil }
            self = .page(WorkerListPage(links: links, filter: WorkerFilter(request)))
        case "/tasks": self = .page(TaskListPage(links: links, filter: TaskFilter(request)))
        case "/dashboard", "/monitor": self = .redirect(links.page("/"))
        default: return nil
        }
    }
}
