/// Which role a request needs. The gateway asks before forwarding and the core asks again, both with this table.
package enum Permission {
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
        ("/api/task/", .operator),
    ]
}
