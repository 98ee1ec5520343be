internal import ClusterState
import PageKit

/// A column of the task list, by Flower's names.
enum TaskColumn: String, CaseIterable, Sendable {
    case state, name, uuid, args, kwargs, result, received, started, runtime, worker, exchange
    case routingKey = "routing_key"
    case retries, revoked, exception, expires, eta

    /// Ours: the state leads, arguments stand beside the name.
    static let standard: [TaskColumn] = [.state, .name, .uuid, .received, .started, .runtime, .worker]

    /// Columns by Flower's option; names that are no columns are left out, an empty list is the standard one.
    static func named(_ names: [String]?) -> [TaskColumn] {
        var columns: [TaskColumn] = []
        for column in (names ?? []).compactMap(TaskColumn.init) where !columns.contains(column) {
            columns.append(column)
        }
        return columns.isEmpty ? standard : columns
    }

    var title: String {
        switch self {
        case .name: "Task"
        case .uuid: "UUID"
        case .args: "Arguments"
        case .kwargs: "Keyword arguments"
        case .routingKey: "Routing key"
        case .eta: "ETA"
        default: rawValue.prefix(1).uppercased() + rawValue.dropFirst()
        }
    }

    var style: String {
        switch self {
        case .state: "status"
        case .name: "primary"
        case .uuid: "uuid"
        case .started: "moment moment-started"
        case .received, .revoked, .expires, .eta: "moment"
        case .runtime, .retries: "number"
        case .worker: "worker"
        case .args, .kwargs, .result, .exception: "value"
        case .exchange, .routingKey: "route"
        }
    }

    var sortKey: TaskQuery.SortKey? {
        switch self {
        case .uuid: nil
        default: TaskQuery.SortKey(rawValue: rawValue)
        }
    }
}
