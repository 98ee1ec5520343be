import PageKit

/// Which workers, in which order: all of it in the address.
struct WorkerFilter: Sendable, Equatable {
    enum Column: String, Sendable, CaseIterable {
        case name, status, active, processed, succeeded, failed, retried, load, queues, version

        var title: String {
            switch self {
            case .name: "Worker"
            case .load: "Load average"
            default: rawValue.prefix(1).uppercased() + rawValue.dropFirst()
            }
        }

        var style: String {
            switch self {
            case .active, .processed, .succeeded, .failed, .retried: "number"
            default: rawValue
            }
        }
    }

    static let perPage = 100

    var search: String?
    var status: String?
    var sort = Column.name
    var descending = false
    var pageNumber = 1

    init() {}

    init(_ request: PageRequest) {
        search = request.parameter("search").map { String($0.prefix(200)) }
        status = request.parameter("status").flatMap { ["online", "offline"].contains($0) ? $0 : nil }
        if let text = request.parameter("sort"),
            let column = Column(rawValue: text.hasPrefix("-") ? String(text.dropFirst()) : text)
        {
            sort = column
            descending = text.hasPrefix("-")
        }
        pageNumber = request.parameter("page").flatMap(Int.init).map { min(max($0, 1), 100_000) } ?? 1
    }

    func apply(to lines: [WorkerLine]) -> [WorkerLine] {
        let needle = search?.lowercased()
        let matching = lines.filter { line in
            if let status, line.status != (status == "online" ? .online : .offline) { return false }
            guard let needle else { return true }
            return line.name.lowercased().contains(needle) || line.version.lowercased().contains(needle)
                || line.queues.contains { $0.lowercased().contains(needle) }
        }
        let sorted = matching.sorted { left, right in
            let order = compare(left, right)
            return order == 0 ? left.name < right.name : (order < 0) != descending
        }
        return sorted
    }

    func page(of lines: [WorkerLine]) -> ArraySlice<WorkerLine> {
        lines.dropFirst((pageNumber - 1) * Self.perPage).prefix(Self.perPage)
    }

    /// Negative when `left` comes first, ascending.
    private func compare(_ left: WorkerLine, _ right: WorkerLine) -> Int {
        func order<Value: Comparable>(_ value: (WorkerLine) -> Value) -> Int {
            value(left) < value(right) ? -1 : value(left) > value(right) ? 1 : 0
        }
        return switch sort {
        case .name: order(\.name)
        case .status: order { $0.isOnline ? 1 : 0 }
        case .active: order { $0.active ?? -1 }
        case .processed: order(\.processed)
        case .succeeded: order(\.succeeded)
        case .failed: order(\.failed)
        case .retried: order(\.retried)
        case .load: order { $0.loadAverage.first.map { $0.isFinite ? $0 : -1 } ?? -1 }
        case .queues: order { $0.queues.joined(separator: ",") }
        case .version: order(\.version)
        }
    }

    func with(status: String?) -> WorkerFilter {
        var filter = self
        filter.status = status
        filter.pageNumber = 1
        return filter
    }

    /// Numbers first from the top, words first from A.
    func sorted(by column: Column) -> WorkerFilter {
        var filter = self
        filter.descending = sort == column ? !descending : column.style == "number" || column == .load
        filter.sort = column
        filter.pageNumber = 1
        return filter
    }

    /// What the filter form has to carry besides its own field.
    var hiddenFields: [(name: String, value: String)] { query.filter { $0.name != "search" && $0.name != "page" } }

    var query: [(name: String, value: String)] {
        var query: [(name: String, value: String)] = []
        if let search { query.append(("search", search)) }
        if let status { query.append(("status", status)) }
        if sort != .name || descending { query.append(("sort", (descending ? "-" : "") + sort.rawValue)) }
        if pageNumber > 1 { query.append(("page", String(pageNumber))) }
        return query
    }

    func link(_ links: Links) -> Link { links.page("/workers", query: query) }

    func paging(_ html: inout HTML, links: Links, matched: Int) {
        html.paging(page: pageNumber, perPage: Self.perPage, matched: matched, noun: "worker") { number in
            var filter = self
            filter.pageNumber = number
            return filter.link(links)
        }
    }
}
