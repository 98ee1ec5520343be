/// One thing that a rule asks of a person. Comparisons are exact, byte for byte, after both sides were brought to the
/// form that their kind is compared in.
package enum AccessCondition: Sendable, Hashable {
    case email(EmailAddress)
    case emailDomain(String)
    case userID(String)
    case googleDomain(String)
    case group(String)
    case membership(Membership)

    /// The kinds of provider that can tell.
    var kinds: Set<ProviderKind> {
        switch self {
        case .userID: Set(ProviderKind.allCases)
        case .email, .emailDomain: Set(ProviderKind.allCases).subtracting([.password])
        case .googleDomain, .membership(.googleGroup): [.google]
        case .group: [.okta, .oidc]
        case .membership(.gitHubOrganisation), .membership(.gitHubTeam): [.github]
        case .membership(.gitLabGroup): [.gitlab]
        }
    }

    func holds(for facts: PersonFacts) -> Bool {
        switch self {
        case .email(let address): facts.emails.contains { EmailAddress($0) == address }
        case .emailDomain(let domain): facts.emails.contains { EmailAddress($0)?.domain == domain }
        case .userID(let id): facts.subject.utf8.elementsEqual(id.utf8)
        case .googleDomain(let domain): facts.hostedDomain.flatMap(EmailAddress.domain) == domain
        case .group(let name): facts.groups.contains { $0.utf8.elementsEqual(name.utf8) }
        case .membership(let membership): facts.memberships[membership] == .member
        }
    }

    /// What a rule asks, for whoever runs the server.
    package var description: String {
        switch self {
        case .email(let address): "the verified address \(address.text)"
        case .emailDomain(let domain): "a verified address at \(domain)"
        case .userID(let id): "the user id \(id)"
        case .googleDomain(let domain): "an account of the Google Workspace domain \(domain)"
        case .group(let name): "the group \(name)"
        case .membership(let membership): "membership in \(membership.description)"
        }
    }

    /// What the person can do about it; nil when there is nothing, or when it would tell strangers about the rules.
    func advice(for facts: PersonFacts) -> String? {
        guard case .membership(let membership) = self else { return nil }
        switch (facts.memberships[membership], membership) {
        case (.pending, .gitHubOrganisation(let name)), (.pending, .gitHubTeam(let name, _)):
            return "You are invited to \(membership.description), but have not accepted yet. Accept the invitation of "
                + "the organisation \(name) at GitHub and sign in again."
        case (.notPermitted, .gitHubOrganisation), (.notPermitted, .gitHubTeam):
            return
                "GitHub did not show whether you belong to the organisations that may sign in here. Sign in again and "
                + "allow reading them (read:org); if the organisation restricts applications, one of its owners has to "
                + "approve this one."
        case (.notPermitted, _):
            return
                "The provider did not show which groups you belong to. Sign in again and allow reading them; if that "
                + "does not help, tell whoever runs this server."
        default: return nil
        }
    }
}
