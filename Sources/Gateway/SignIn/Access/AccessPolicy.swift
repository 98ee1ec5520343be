import Identity

/// The rules for the people of one provider, judged together. Pure.
///
/// Without a rule that fits nobody gets in. Of several that fit, the strongest role counts. Rules with that same role add
/// up what their holder sees when both limit tasks, or both limit queues; else the first of them counts.
package struct AccessPolicy: Sendable, Equatable {
    package let rules: [AccessRule]

    package init(_ rules: [AccessRule]) { self.rules = rules }

    /// The rules that can apply to this provider's people.
    package func limited(to id: String, _ kind: ProviderKind) -> AccessPolicy {
        AccessPolicy(rules.filter { $0.applies(to: id, kind) })
    }

    /// What the provider must be asked.
    package var memberships: Set<Membership> { Set(rules.flatMap(\.memberships)) }

    /// Whether any rule looks at addresses.
    package var readsEmails: Bool {
        rules.contains { rule in
            rule.requirements.joined().contains { condition in
                switch condition {
                case .email, .emailDomain: true
                default: false
                }
            }
        }
    }

    package func decide(_ facts: PersonFacts) -> AccessDecision {
        var findings: [AccessDecision.Finding] = []
        var grant: AccessGrant?
        for rule in rules {
            let finding = AccessDecision.Finding(rule: rule, unmet: rule.unmet(by: facts))
            findings.append(finding)
            guard finding.fits else { continue }
            grant = grant.map { Self.combined($0, rule.grant) } ?? rule.grant
        }
        return AccessDecision(grant: grant, findings: findings)
    }

    /// Limits of different shape are not joined: tasks of one rule in queues of another is what neither gave.
    private static func combined(_ left: AccessGrant, _ right: AccessGrant) -> AccessGrant {
        if left.role != right.role { return left.role > right.role ? left : right }
        guard left.isLimited, right.isLimited else { return AccessGrant(role: left.role) }
        if left.queues.isEmpty, right.queues.isEmpty {
            return AccessGrant(role: left.role, tasks: joined(left.tasks, right.tasks))
        }
        if left.tasks.isEmpty, right.tasks.isEmpty {
            return AccessGrant(role: left.role, queues: joined(left.queues, right.queues))
        }
        return left
    }

    private static func joined(_ left: [String], _ right: [String]) -> [String] {
        left + right.filter { !left.contains($0) }
    }
}

extension AccessGrant {
    var isLimited: Bool { !tasks.isEmpty || !queues.isEmpty }
}

/// What came of the rules, and why.
package struct AccessDecision: Sendable, Equatable {
    package struct Finding: Sendable, Equatable {
        package let rule: AccessRule
        /// The requirements that do not hold, each with its alternatives.
        package let unmet: [[AccessCondition]]

        /// The rule lets the person in.
        package var fits: Bool { unmet.isEmpty }
    }

    /// Nil: not let in.
    package let grant: AccessGrant?
    package let findings: [Finding]

    /// What the person can do to get in, once each.
    package func advice(for facts: PersonFacts) -> [String] {
        var all: [String] = []
        for advice in findings.flatMap(\.unmet).joined().compactMap({ $0.advice(for: facts) })
        where !all.contains(advice) { all.append(advice) }
        return all
    }
}
