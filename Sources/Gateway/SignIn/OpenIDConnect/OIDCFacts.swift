/// Reads what id_tokens and userinfo say about a person.
struct OIDCFacts {
    let configuration: OIDCConfiguration
    /// The scopes that were granted; nil when the provider did not say, which means: as asked for.
    let scopes: Set<String>?

    /// - Parameter values: the claims, those of the id_token and then those of userinfo.
    func facts(subject: String, _ values: [JSONValue]) -> PersonFacts {
        func first<Value>(_ read: (JSONValue) -> Value?) -> Value? { values.lazy.compactMap(read).first }
        let names = ["preferred_username", "nickname", "email", "name"]
        let name = names.lazy.compactMap { name in first { $0[name]?.string } }.first { Self.isShown($0) }
        var facts = PersonFacts(subject: subject, name: name ?? subject)
        facts.hostedDomain = configuration.kind == .google ? first { $0["hd"]?.string } : nil
        facts.emails = values.lazy.compactMap { email($0, facts.hostedDomain) }.first.map { [$0] } ?? []
        facts.groups = first { $0[configuration.groupsClaim]?.strings } ?? []
        return facts
    }

    /// Whether an id_token alone leaves a question that userinfo may answer.
    func lacks(_ claims: JSONValue, _ policy: AccessPolicy) -> Bool {
        let readsGroups = policy.rules.contains { rule in
            rule.requirements.joined().contains { if case .group = $0 { true } else { false } }
        }
        return claims["email"] == nil || (readsGroups && claims[configuration.groupsClaim] == nil)
    }

    /// An address counts when the provider says, with a JSON `true`, that it is verified.
    private func email(_ values: JSONValue, _ hostedDomain: String?) -> String? {
        // GitLab gives the public address, not the primary one, without the scope.
        guard scopes?.contains("email") ?? true, values["email_verified"]?.bool == true,
            let text = values["email"]?.string, let address = EmailAddress(text)
        else { return nil }
        // A consumer account of Google can carry any address; Google vouches for those of its own and of the domain that
        // owns the account.
        guard
            configuration.kind != .google || address.domain == "gmail.com"
                || hostedDomain.flatMap(EmailAddress.domain) == address.domain
        else { return nil }
        return text
    }

    /// Names are shown on pages and in logs.
    private static func isShown(_ name: String) -> Bool {
        (1...100).contains(name.count) && name.unicodeScalars.allSatisfy { $0.value >= 0x20 && $0.value != 0x7F }
    }
}
