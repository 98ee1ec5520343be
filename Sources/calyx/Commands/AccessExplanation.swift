import Options
import SignIn

/// What the rules make of a person, as far as the configuration alone can tell.
struct AccessExplanation {
    private let settings: Settings
    private let user: String
    private let policy: AccessPolicy

    /// - Parameter user: an e-mail address, taken as verified; else a login, a provider's id or a user's name.
    init(_ settings: Settings, _ user: String) {
        self.settings = settings
        self.user = user
        policy = AccessAssembly(settings).policy
    }

    var text: String {
        var lines = passwordLines
        for provider in settings.signIn.providers { lines += self.lines(provider) }
        if lines.isEmpty {
            lines.append("\(shown) is no user with a password, and no provider is configured: not let in")
        }
        return lines.joined(separator: "\n") + "\n"
    }

    private var shown: String { LogText.singleLine(user) }

    private var passwordLines: [String] {
        let signIn = settings.signIn
        if signIn.users.contains(where: { $0.name == user }) { return ["password: admin, as a user of basic_auth"] }
        guard let path = signIn.usersFile, PasswordFileCheck.has(user, in: path) else { return [] }
        let decision = policy.limited(to: PasswordAuthenticator.providerID, .password)
            .decide(PersonFacts(subject: user, name: user))
        let matching = decision.findings.first(where: \.fits)?.rule
        let role = decision.grant?.description ?? "operator"
        return ["password: \(role), as a user of \(path)" + (matching.map { " by \($0.origin)" } ?? "")]
    }

    private func lines(_ provider: Settings.Provider) -> [String] {
        let name = provider.name ?? provider.id
        let rules = policy.limited(to: provider.id, provider.signInKind)
        guard !rules.rules.isEmpty else {
            return ["\(name): not let in: no rule is about its people; add one with --auth or --access"]
        }
        let decision = rules.decide(facts)
        var lines: [String] = []
        if let grant = decision.grant {
            lines.append("\(name): \(grant.description)")
        } else if decision.findings.contains(where: { isOpen($0) }) {
            lines.append("\(name): depends on what the provider tells at sign-in")
        } else {
            lines.append("\(name): not let in: no rule fits")
        }
        for finding in decision.findings { lines.append("  \(finding.rule.origin): \(verdict(finding))") }
        return lines
    }

    private func verdict(_ finding: AccessDecision.Finding) -> String {
        guard !finding.fits else { return "gives \(finding.rule.grant.description)" }
        let wanted = finding.unmet.map { $0.map(\.description).joined(separator: " or ") }.joined(separator: ", and ")
        guard isOpen(finding) else { return "does not fit: it asks for \(wanted)" }
        return "would give \(finding.rule.grant.description) to whoever has \(wanted); asked at sign-in"
    }

    /// Whether all that is missing can only be told by the provider.
    private func isOpen(_ finding: AccessDecision.Finding) -> Bool {
        finding.unmet.allSatisfy { alternatives in
            alternatives.contains { condition in
                switch condition {
                case .membership, .group, .googleDomain, .userID: true
                // A login says nothing about addresses.
                case .email, .emailDomain: EmailAddress(user) == nil
                }
            }
        }
    }

    private var facts: PersonFacts {
        var facts = PersonFacts(subject: user, name: user)
        if EmailAddress(user) != nil { facts.emails = [user] }
        return facts
    }
}
