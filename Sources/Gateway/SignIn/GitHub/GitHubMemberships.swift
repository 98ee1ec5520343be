import Foundation
import OutboundHTTP

/// Answers the questions of the access rules about organisations and teams.
struct GitHubMemberships {
    let calls: GitHubCalls
    let user: GitHubUser
    let token: String

    /// - Parameter mayRead: whether the token has the scope for it; without it nothing is asked.
    func states(
        of questions: Set<Membership>, mayRead: Bool
    ) async throws(ProviderFailure) -> [Membership: MembershipState] {
        var states: [Membership: MembershipState] = [:]
        guard mayRead else {
            for question in questions { states[question] = .notPermitted }
            return states
        }
        let asksForTeams = questions.contains { if case .gitHubTeam = $0 { true } else { false } }
        let teams = asksForTeams ? try await teams() : []
        for question in questions {
            switch question {
            case .gitHubOrganisation(let name):
                states[question] = try await state("/user/memberships/orgs/\(name)", step: "organisation")
            case .gitHubTeam(let organisation, let slug):
                // The list has the direct teams; members of a child team are members too, which only this call tells.
                states[question] =
                    teams.contains("\(organisation)/\(slug)")
                    ? .member
                    : try await state("/orgs/\(organisation)/teams/\(slug)/memberships/\(user.login)", step: "team")
            default: continue
            }
        }
        return states
    }

    private func teams() async throws(ProviderFailure) -> Set<String> {
        let list: [Team] = try await calls.pages(
            "\(calls.endpoints.api)/user/teams?per_page=100", token, step: "teams")
        return Set(list.map { "\($0.organization.login)/\($0.slug)".lowercased() })
    }

    private func state(_ path: String, step: String) async throws(ProviderFailure) -> MembershipState {
        let response = try await calls.get("\(calls.endpoints.api)\(path)", token, step: step)
        switch response.status {
        case 200:
            guard let answer = try? JSONDecoder().decode(MembershipAnswer.self, from: Data(response.body)) else {
                throw ProviderFailure(.unexpectedAnswer, "\(step): no state")
            }
            return answer.state == "active" ? .member : answer.state == "pending" ? .pending : .notMember
        case 404: return .notMember
        // The organisation has not approved this application, or asks for its own sign-in first.
        case 403: return .notPermitted
        default: throw ProviderFailure(.unexpectedAnswer, "\(step): status \(response.status)")
        }
    }

    private struct Team: Decodable {
        struct Organisation: Decodable { let login: String }
        let slug: String
        let organization: Organisation
    }

    private struct MembershipAnswer: Decodable { let state: String }
}
