import Identity
import Options
import SignIn

/// The access rules of the settings, checked against the providers that are there.
struct AccessAssembly {
    private(set) var policy = AccessPolicy([])
    private(set) var problems: [OptionProblem] = []
    private let signIn: Settings.SignIn

    init(_ settings: Settings) {
        signIn = settings.signIn
        var rules: [AccessRule] = []
        let source = { (name: String) in settings.values.source(of: name).description }
        for (index, record) in signIn.access.enumerated() {
            let origin = "access, item \(index + 1) (\(record.place ?? source("access")))"
            do throws(AccessFieldError) {
                let rule = try AccessRule(fields: record.fields.map { ($0.name, $0.values) }, origin: origin)
                check(rule)
                rules.append(rule)
            } catch {
                problems.append(OptionProblem("\(origin): \(error)"))
            }
        }
        if let auth = signIn.auth {
            do throws(AccessRuleError) {
                rules += flower(try AccessRule(auth: auth))
            } catch {
                problems.append(
                    OptionProblem(
                        "auth: read '\(auth)' from \(source("auth")); \(error.reason); allowed are one address, several "
                            + "with | between them, or a domain such as *@example.com"))
            }
        } else if let groups = gitLabGroups(source("gitlab_auth_allowed_groups")) {
            rules.append(
                AccessRule(
                    provider: "gitlab", requirements: [groups], grant: AccessGrant(role: .operator),
                    origin: "--gitlab_auth_allowed_groups"))
        }
        policy = AccessPolicy(rules)
    }

    /// With allowed groups, Flower's GitLab handler asks for address and group; the other providers ask for the address.
    private mutating func flower(_ rule: AccessRule) -> [AccessRule] {
        guard let groups = gitLabGroups("gitlab_auth_allowed_groups") else { return [rule] }
        let others = signIn.providers.filter { $0.id != "gitlab" }.map { provider in
            AccessRule(
                provider: provider.id, requirements: rule.requirements, grant: rule.grant, origin: rule.origin)
        }
        return others + [
            AccessRule(
                provider: "gitlab", requirements: rule.requirements + [groups], grant: rule.grant,
                origin: "--auth and --gitlab_auth_allowed_groups")
        ]
    }

    private mutating func gitLabGroups(_ source: String) -> [AccessCondition]? {
        guard !signIn.gitLabGroups.isEmpty, signIn.providers.contains(where: { $0.id == "gitlab" }) else { return nil }
        var conditions: [AccessCondition] = []
        for path in signIn.gitLabGroups {
            do throws(AccessFieldError) {
                let rule = try AccessRule(
                    fields: [
                        ("gitlab_group", [path]), ("gitlab_level", ["\(signIn.gitLabLevel)"]), ("role", ["operator"]),
                    ], origin: source)
                conditions += rule.requirements[0]
            } catch {
                problems.append(OptionProblem("gitlab_auth_allowed_groups: \(error)"))
            }
        }
        return conditions.isEmpty ? nil : conditions
    }

    private mutating func check(_ rule: AccessRule) {
        func problem(_ text: String) { problems.append(OptionProblem("\(rule.origin): \(text)")) }
        if let provider = rule.provider {
            if provider == PasswordAuthenticator.providerID {
                guard rule.applies(to: provider, .password) else {
                    return problem("of people with a password only the user_id is known")
                }
                return
            }
            guard let found = signIn.providers.first(where: { $0.id == provider }) else {
                let ids = signIn.providers.map(\.id)
                let hint = OptionName.suggestion(for: provider, among: ids).map { "; did you mean \($0)?" } ?? ""
                return problem(
                    "there is no provider '\(provider)'; there are \(ids.isEmpty ? "none" : ids.joined(separator: ", "))"
                        + hint)
            }
            guard rule.applies(to: found.id, found.signInKind) else {
                return problem(
                    "the provider '\(provider)' is \(found.kind.rawValue), which cannot tell what it asks for")
            }
            return
        }
        let fitting = signIn.providers.filter { rule.applies(to: $0.id, $0.signInKind) }
        guard !fitting.isEmpty || signIn.providers.isEmpty else {
            return problem("no provider that is configured can tell what it asks for")
        }
        guard !rule.isSpecific || fitting.count <= 1 else {
            return problem(
                "several providers could be meant; name one with provider: \(fitting.map(\.id).joined(separator: " or "))"
            )
        }
    }
}

extension Settings.Provider {
    var signInKind: ProviderKind {
        switch kind {
        case .github: .github
        case .google: .google
        case .gitlab: .gitlab
        case .okta: .okta
        case .oidc: .oidc
        }
    }
}
