/// The routes that need no sign-in. Exact paths only: no pattern and no field of the request opens anything.
struct PublicRoutes: Sendable {
    let unauthenticatedAPI: Bool
    let openMetrics: Bool

    /// Whether an anonymous viewer may read `path` (canonical, without prefix) from the core.
    func allowsAnonymous(method: RequestMethod, path: String) -> Bool {
        guard method == .get || method == .head else { return false }
        if openMetrics, path == "/metrics" { return true }
        return unauthenticatedAPI && Self.isUnauthenticatedAPI(path)
    }

    /// The routes that `--unauthenticated_api` opens; without it their 401 names the option.
    static func isUnauthenticatedAPI(_ path: String) -> Bool {
        guard path.utf8.starts(with: "/api/".utf8) else { return false }
        switch path {
        case "/api/workers", "/api/tasks", "/api/queues/length", "/api/task/types", "/api/task/info",
            "/api/task/result":
            return true
        default:
            return ["/api/task/info/", "/api/task/result/"].contains { root in
                path.utf8.starts(with: root.utf8) && path.utf8.count > root.utf8.count
                    && !path.utf8.dropFirst(root.utf8.count).contains(UInt8(ascii: "/"))
            }
        }
    }
}
