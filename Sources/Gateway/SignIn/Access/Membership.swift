/// A question that only the provider can answer about a person. Names are as compared: GitHub's folded to lower case,
/// GitLab's paths exact.
package enum Membership: Sendable, Hashable, Codable {
    case gitHubOrganisation(String)
    case gitHubTeam(organisation: String, slug: String)
    /// `level` is GitLab's number: 10 guest, 15 planner, 20 reporter, 30 developer, 40 maintainer, 50 owner.
    case gitLabGroup(path: String, level: Int)
    /// The address of the group, in the form that is compared.
    case googleGroup(String)

    /// As a person knows it.
    package var description: String {
        switch self {
        case .gitHubOrganisation(let name): "the GitHub organisation \(name)"
        case .gitHubTeam(let organisation, let slug): "the GitHub team \(organisation)/\(slug)"
        case .gitLabGroup(let path, let level): "the GitLab group \(path) as \(GitLabLevel.name(level)) or more"
        case .googleGroup(let address): "the Google group \(address)"
        }
    }
}

/// What the provider answered.
package enum MembershipState: String, Sendable, Codable {
    case member
    case notMember
    /// Invited, and the invitation is not accepted yet.
    case pending
    /// The person, or the organisation, did not let this server see it.
    case notPermitted
}

/// GitLab's access levels by name.
package enum GitLabLevel {
    private static let levels: [(name: String, value: Int)] = [
        ("guest", 10), ("planner", 15), ("reporter", 20), ("developer", 30), ("maintainer", 40), ("owner", 50),
    ]

    package static var allowed: String { levels.map(\.name).joined(separator: ", ") }

    /// The number of a name or of a number as text.
    package static func value(_ text: String) -> Int? {
        levels.first { $0.name == text.lowercased() || "\($0.value)" == text }?.value
    }

    package static func name(_ value: Int) -> String { levels.first { $0.value == value }?.name ?? "level \(value)" }
}
