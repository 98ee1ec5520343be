internal import ClusterState
import PageKit

/// Which tasks, in which order and columns: all of it in the address, so that a link shows the same to everybody.
struct TaskFilter: Sendable, Equatable {
    static let pageSizes = [15, 30, 50, 100]
    static let defaultPerPage = 50
    static let lastPage = 1_000_000

    /// Flower's search language.
    var search: String?
    var state: String?
    var worker: String?
    var name: String?
    var sortKey = TaskQuery.SortKey.received
    var descending = true
    var pageNumber = 1
    var perPage = TaskFilter.defaultPerPage
    /// Only tasks that are in history alone, from here on.
    var older: TaskPosition?

    init() {}

    init(_ request: PageRequest) {
        search = request.parameter("search")
        state = request.parameter("state")?.uppercased()
        worker = request.parameter("worker")
        name = request.parameter("name")
        if let text = request.parameter("sort"),
            let key = TaskQuery.SortKey(rawValue: text.hasPrefix("-") ? String(text.dropFirst()) : text)
        {
            sortKey = key
            descending = text.hasPrefix("-")
        }
        pageNumber = request.parameter("page").flatMap(Int.init).map { min(max($0, 1), Self.lastPage) } ?? 1
        perPage =
            request.parameter("per_page").flatMap(Int.init).flatMap { Self.pageSizes.contains($0) ? $0 : nil }
            ?? Self.defaultPerPage
        older = request.parameter("older").flatMap(TaskPosition.init(text:))
        if older != nil { pageNumber = 1 }
    }

    /// The order in which history goes on behind memory.
    var reachesBack: Bool { (sortKey == .received || sortKey == .timestamp) && descending }

    /// The newest tasks first, from the top: the list that grows at its head.
    var followsArrivals: Bool { pageNumber == 1 && older == nil && sortKey == .received && descending }

    var isFiltered: Bool { search != nil || state != nil || worker != nil || name != nil }

    func taskQuery() throws(SearchError) -> TaskQuery {
        var query = TaskQuery(
            sortKey: sortKey, descending: descending, offset: (pageNumber - 1) * perPage, limit: perPage)
        query.state = state
        query.worker = worker
        query.name = name
        if let search { query.search = try SearchExpression(search) }
        query.after = older
        return query
    }

    /// The same from its first page on, changed by `change`.
    func with(_ change: (inout TaskFilter) -> Void) -> TaskFilter {
        var filter = self
        filter.pageNumber = 1
        filter.older = nil
        change(&filter)
        return filter
    }

    /// Times and numbers first from the top, words first from A; a second time turns the order around.
    func sorted(by key: TaskQuery.SortKey) -> TaskFilter {
        with { filter in
            filter.descending = sortKey == key ? !descending : key.largestFirst
            filter.sortKey = key
        }
    }

    var query: [(name: String, value: String)] {
        var query: [(name: String, value: String)] = []
        if let search { query.append(("search", search)) }
        if let state { query.append(("state", state)) }
        if let worker { query.append(("worker", worker)) }
        if let name { query.append(("name", name)) }
        if sortKey != .received || !descending { query.append(("sort", (descending ? "-" : "") + sortKey.rawValue)) }
        if perPage != Self.defaultPerPage { query.append(("per_page", String(perPage))) }
        if let older { query.append(("older", older.text)) }
        if pageNumber > 1 { query.append(("page", String(pageNumber))) }
        return query
    }

    /// What the search form has to carry besides its own field.
    var hiddenFields: [(name: String, value: String)] {
        query.filter { !["search", "page", "older"].contains($0.name) }
    }

    func link(_ links: Links) -> Link { links.page("/tasks", query: query) }
}

extension TaskQuery.SortKey {
    fileprivate var largestFirst: Bool {
        switch self {
        case .timestamp, .received, .sent, .started, .succeeded, .failed, .retried, .rejected, .revoked, .runtime,
            .retries, .clock:
            true
        default: false
        }
    }
}

extension TaskPosition {
    /// Before everything.
    static let newest = TaskPosition(timestamp: .infinity, uuid: "")

    /// As it stands in an address.
    var text: String { "\(timestamp)_\(uuid)" }

    init?(text: String) {
        let parts = text.split(separator: "_", maxSplits: 1, omittingEmptySubsequences: false)
        guard parts.count == 2, let timestamp = Double(String(parts[0])), !timestamp.isNaN else { return nil }
        self.init(timestamp: timestamp, uuid: String(parts[1]))
    }
}
