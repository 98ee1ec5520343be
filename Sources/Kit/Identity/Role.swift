/// What a person may do, from least to most. The order is the comparison: `role >= .operator` reads as "at least operator".
package enum Role: String, CaseIterable, Comparable, Sendable, Codable {
    /// Reads pages, API and metrics.
    case viewer
    /// Also revokes, retries, applies, and changes pools, queues and limits.
    case `operator`
    /// Also shuts workers down, restarts pools, purges, and sees people, sessions and the audit trail.
    case admin

    private var rank: Int {
        switch self {
        case .viewer: 0
        case .operator: 1
        case .admin: 2
        }
    }

    package static func < (left: Role, right: Role) -> Bool { left.rank < right.rank }
}
