/// What a request needs: a role, and for people with a scope a route that can be limited. The gateway asks before
/// forwarding and the core asks again, both with this table.
package enum Permission {
    /// Why a request is refused.
    package enum Denial: Sendable, Equatable {
        case needs(Role)
        /// What is there cannot be limited to the person's scope.
        case outsideScope
    }

    /// Why `principal` may not ask for `method` on the canonical `path` (without prefix); nil: it may.
    package static func denial(method: String, path: String, _ principal: Principal) -> Denial? {
        let needed = requiredRole(method: method, path: path)
        guard principal.role >= needed else { return .needs(needed) }
        guard principal.scope != nil, !isLimitable(path) else { return nil }
        return .outsideScope
    }

    /// The least role for `method` on the canonical `path` (without prefix).
    ///
    /// Reading needs viewer. Everything that changes something needs operator, and what can stop a worker or lose
    /// messages needs admin. An unknown unsafe route needs admin: what nobody classified is not handed out.
    package static func requiredRole(method: String, path: String) -> Role {
        if method == "GET" || method == "HEAD" || method == "OPTIONS" { return .viewer }
        // Flower's table page asks by POST; it changes nothing.
        if path == "/tasks/datatable" { return .viewer }
        for (prefix, role) in unsafeRoutes where path.hasPrefix(prefix) { return role }
        return .admin
    }

    private static let unsafeRoutes: [(String, Role)] = [
        ("/api/worker/shutdown", .admin),
        ("/api/worker/pool/restart", .admin),
        ("/api/worker/pool/", .operator),
        ("/api/worker/queue/", .operator),
        ("/api/worker/events/", .operator),
        ("/api/task/", .operator),
    ]

    /// Whether the answer at `path` is about single tasks and queues, so that the core leaves out what lies outside of a
    /// scope. Workers serve everybody's tasks: their pages, counters, limits and controls are not for part of them, and
    /// neither are metrics. What nobody classified is closed.
    private static func isLimitable(_ path: String) -> Bool {
        limitablePaths.contains(path) || limitableTrees.contains { path.hasPrefix($0) }
    }

    private static let limitablePaths: Set<String> = [
        "/", "/dashboard", "/monitor", "/tasks", "/tasks/", "/task", "/task/", "/queues", "/queues/", "/broker",
        "/broker/",
        "/live", "/healthcheck", "/tasks/datatable", "/api/tasks", "/api/queues/length", "/api/openapi.json",
        "/api/gaps",
        "/api/task/types", "/api/task/info", "/api/task/result", "/api/task/apply", "/api/task/async-apply",
        "/api/task/send-task", "/api/task/run-again", "/api/task/abort", "/api/task/revoke",
    ]

    private static let limitableTrees = [
        "/task/", "/static/", "/api/task/info/", "/api/task/result/", "/api/task/apply/", "/api/task/async-apply/",
        "/api/task/send-task/", "/api/task/run-again/", "/api/task/abort/", "/api/task/revoke/",
    ]
}

extension Permission.Denial {
    /// One sentence for the person.
    package func sentence(for principal: Principal) -> String {
        switch self {
        case .needs(let role): "This needs the role \(role.rawValue); you have \(principal.role.rawValue)."
        case .outsideScope:
            "Your access is limited to \(principal.scope?.description ?? "nothing"); this is about more than that."
        }
    }
}
