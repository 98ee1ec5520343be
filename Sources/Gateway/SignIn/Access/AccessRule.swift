import Identity

/// Who is let in as what: every requirement must hold, each by one of its alternatives.
package struct AccessRule: Sendable, Hashable {
    /// The only provider whose people it is about; nil: any that can tell.
    package let provider: String?
    /// All of these, each one of its alternatives. Never empty.
    package let requirements: [[AccessCondition]]
    package let grant: AccessGrant
    /// Where it is written, for messages: `--auth`, `access rule 2 (calyx.yaml line 12)`.
    package let origin: String

    package init(provider: String?, requirements: [[AccessCondition]], grant: AccessGrant, origin: String) {
        self.provider = provider
        self.requirements = requirements
        self.grant = grant
        self.origin = origin
    }

    /// Whether people of this provider can fulfil the rule at all.
    package func applies(to id: String, _ kind: ProviderKind) -> Bool {
        (provider == nil || provider == id) && requirements.allSatisfy { $0.contains { $0.kinds.contains(kind) } }
    }

    /// Whether it asks for something that means another thing at another provider: a group, an organisation, an id.
    package var isSpecific: Bool {
        requirements.joined().contains { condition in
            switch condition {
            case .email, .emailDomain: false
            default: true
            }
        }
    }

    /// The requirements that do not hold.
    func unmet(by facts: PersonFacts) -> [[AccessCondition]] {
        requirements.filter { alternatives in !alternatives.contains { $0.holds(for: facts) } }
    }

    var memberships: [Membership] {
        requirements.joined().compactMap { if case .membership(let membership) = $0 { membership } else { nil } }
    }
}

/// What a rule gives.
package struct AccessGrant: Sendable, Hashable {
    package var role: Role
    /// Patterns of task names that the person sees; empty: all.
    package var tasks: [String] = []
    /// Queues that the person sees; empty: all.
    package var queues: [String] = []

    package init(role: Role, tasks: [String] = [], queues: [String] = []) {
        self.role = role
        self.tasks = tasks
        self.queues = queues
    }

    package var description: String {
        var text = role.rawValue
        if !tasks.isEmpty { text += ", tasks \(tasks.joined(separator: " "))" }
        if !queues.isEmpty { text += ", queues \(queues.joined(separator: " "))" }
        return text
    }
}
