import Identity
import Logging

/// Turns what a provider knows of a person into a decision, and a refusal into words that help.
struct AccessGate: Sendable {
    let provider: String
    let displayName: String
    let policy: AccessPolicy
    let logger: Logger

    func judge(_ authorization: ProviderAuthorization) -> ProviderDecision {
        let facts = authorization.facts
        let decision = policy.decide(facts)
        guard let grant = decision.grant else {
            logger.info(
                "A sign-in was refused: no access rule matches",
                metadata: ["provider": "\(provider)", "subject": "\(facts.subject)"])
            return .denied(message: refusal(facts, decision))
        }
        guard let principal = principal(facts, grant, decision) else { return .denied(message: Self.unlimited) }
        return .accepted(principal, authorization)
    }

    func judgeAgain(_ principal: Principal, _ authorization: ProviderAuthorization) -> Recheck {
        let facts = authorization.facts
        guard facts.subject.utf8.elementsEqual(principal.subject.utf8) else {
            return .ended(reason: "\(displayName) says that the token belongs to another account")
        }
        let decision = policy.decide(facts)
        guard let grant = decision.grant else { return .ended(reason: "no access rule lets the person in any more") }
        guard let limited = self.principal(facts, grant, decision) else { return .ended(reason: Self.unlimited) }
        return .allowed(limited, authorization)
    }

    private static let unlimited =
        "The access rules that let you in limit you to more tasks and queues than can be told apart. Whoever runs this "
        + "server has to write prefixes such as billing.* instead."

    /// Nil when the rules' limits together are too long: nobody is let in without them.
    private func principal(_ facts: PersonFacts, _ grant: AccessGrant, _ decision: AccessDecision) -> Principal? {
        var principal = Principal(
            provider: provider, subject: facts.subject, name: facts.name, email: policy.email(facts, decision),
            role: grant.role)
        guard grant.isLimited else { return principal }
        guard let scope = try? Scope(tasks: grant.tasks, queues: grant.queues) else { return nil }
        principal.scope = scope
        return principal
    }

    private func refusal(_ facts: PersonFacts, _ decision: AccessDecision) -> String {
        let advice = decision.advice(for: facts)
        guard let email = facts.emails.first(where: { EmailAddress($0) != nil }) else {
            let missing =
                policy.readsEmails || policy.rules.isEmpty
                ? "You are \(facts.name) at \(displayName), but no e-mail address of yours is verified there. Verify one "
                    + "in your \(displayName) settings and sign in again."
                : "You are signed in at \(displayName) as \(facts.name), but no access rule lets you in here."
            return ([missing] + advice + [option("provider=\(provider) user_id=\(facts.subject)")])
                .joined(separator: "\n")
        }
        let who =
            "You are signed in at \(displayName) as \(facts.name) with the verified address \(email), but no access "
        let end: String
        if policy.rules.allSatisfy({ $0.origin == "--auth" }) {
            end =
                "To let you in, an administrator of this server adds the address to the option --auth, for example "
                + "--auth=\(email) (several addresses are separated by |)."
        } else {
            end = option("email=\(email)")
        }
        return ([who + "rule lets you in here."] + advice + [end]).joined(separator: "\n")
    }

    private func option(_ condition: String) -> String {
        "To let you in, an administrator of this server adds an access rule, for example --access=\"\(condition) "
            + "role=viewer\"."
    }
}

extension AccessPolicy {
    /// The verified address that a matching rule looked at, else the primary one.
    func email(_ facts: PersonFacts, _ decision: AccessDecision) -> String? {
        let conditions = decision.findings.filter(\.fits).flatMap { $0.rule.requirements.joined() }
        let matching = facts.emails.first { email in
            guard let address = EmailAddress(email) else { return false }
            return conditions.contains { $0 == .email(address) || $0 == .emailDomain(address.domain) }
        }
        return matching ?? facts.emails.first
    }
}
