import Foundation
import OutboundHTTP

/// Answers the questions of the access rules about GitLab groups: which the person belongs to with at least a level.
struct GitLabGroups {
    /// More pages than this are taken as an error, not cut off.
    static let maximumPages = 20

    let calls: OIDCCalls
    /// The server's address.
    let base: String
    let token: String

    /// - Parameter mayRead: whether the token has the scope for it; without it nothing is asked.
    func states(
        of questions: Set<Membership>, mayRead: Bool
    ) async throws(ProviderFailure) -> [Membership: MembershipState] {
        var states: [Membership: MembershipState] = [:]
        var listed: [Int: Set<String>] = [:]
        for case .gitLabGroup(let path, let level) in questions {
            guard mayRead else {
                states[.gitLabGroup(path: path, level: level)] = .notPermitted
                continue
            }
            if listed[level] == nil { listed[level] = try await paths(level) }
            states[.gitLabGroup(path: path, level: level)] =
                listed[level]?.contains(path) == true ? .member : .notMember
        }
        return states
    }

    /// The full paths of the person's groups, inherited ones included.
    private func paths(_ level: Int) async throws(ProviderFailure) -> Set<String> {
        var paths: Set<String> = []
        let root = base.hasSuffix("/") ? String(base.dropLast()) : base
        var next: String? = "\(root)/api/v4/groups?min_access_level=\(level)&per_page=100&order_by=id"
        var pages = 0
        while let url = next {
            pages += 1
            guard pages <= Self.maximumPages else { throw ProviderFailure(.unexpectedAnswer, "groups: too many pages") }
            let response = try await calls.get(url, token, step: "groups")
            if response.status == 403 { throw ProviderFailure(.unexpectedAnswer, "groups: status 403") }
            guard response.status == 200,
                let page = try? JSONDecoder().decode([Group].self, from: Data(response.body))
            else { throw ProviderFailure(.unexpectedAnswer, "groups: status \(response.status) or not a list") }
            paths.formUnion(page.map(\.fullPath))
            next = response.header("link").flatMap(LinkHeader.next)
            if let next, !next.hasPrefix("\(root)/api/v4/") {
                throw ProviderFailure(.unexpectedAnswer, "groups: the next page is somewhere else")
            }
        }
        return paths
    }

    private struct Group: Decodable {
        let fullPath: String

        enum CodingKeys: String, CodingKey { case fullPath = "full_path" }
    }
}
