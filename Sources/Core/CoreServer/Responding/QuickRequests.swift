import HTTPTypes

/// Requests that are answered in microseconds out of memory, and so on the event loop itself; everything else is answered
/// on threads that nobody waits for. Where one of these has to ask history, the loop goes on meanwhile: history is read by
/// threads of its own.
enum QuickRequests {
    private static let longestList = 200

    static func contains(_ method: HTTPRequest.Method, _ path: String, _ query: [(name: String, value: String)]) -> Bool
    {
        guard method == .get || method == .head else { return false }
        if path == "/api/tasks" {
            return !query.contains { $0.name == "search" || $0.name == "offset" }
                && query.contains { $0.name == "limit" && (1...longestList).contains(Int($0.value) ?? 0) }
        }
        return path == "/healthcheck" || path.hasPrefix("/static/") || path.hasPrefix("/api/task/info/")
            || path.hasPrefix("/api/queues/length")
    }
}
