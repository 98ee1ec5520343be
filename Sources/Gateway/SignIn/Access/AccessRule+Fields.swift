import Identity

/// A rule as the configuration writes it: `github_team: acme/platform`, `role: operator`, …
extension AccessRule {
    /// The fields of a rule, for help and for suggestions.
    package static let fieldNames = [
        "provider", "email", "email_domain", "user_id", "github_org", "github_team", "google_domain", "google_group",
        "gitlab_group", "gitlab_level", "oidc_group", "role", "tasks", "queues",
    ]

    /// - Parameter fields: names of `fieldNames`, each at most once, with their values; several values are alternatives.
    package init(
        fields: [(name: String, values: [String])], origin: String
    ) throws(AccessFieldError) {
        let reader = FieldReader(fields: fields)
        let provider = try reader.single("provider")
        let roleText = try reader.single("role")
        guard let roleText else {
            throw AccessFieldError("the role is missing; allowed are viewer, operator and admin")
        }
        guard let role = Role(rawValue: roleText.lowercased()) else {
            throw AccessFieldError("'\(roleText)' is not a role; allowed are viewer, operator and admin")
        }
        let level = try Self.level(try reader.single("gitlab_level"))
        var requirements: [[AccessCondition]] = []
        for name in Self.fieldNames where reader.has(name) {
            guard let read = Self.reader(of: name, level: level ?? 10) else { continue }
            var alternatives: [AccessCondition] = []
            for value in try reader.values(name) { alternatives.append(try read(value)) }
            requirements.append(alternatives)
        }
        guard !requirements.isEmpty else {
            throw AccessFieldError(
                "it would match everybody; say whom it is about, e.g. github_org, email_domain or email")
        }
        if level != nil, !reader.has("gitlab_group") {
            throw AccessFieldError("gitlab_level needs a gitlab_group")
        }
        if reader.has("user_id"), provider == nil {
            throw AccessFieldError("user_id needs a provider: ids of different providers may be equal")
        }
        let grant = AccessGrant(
            role: role, tasks: try Self.limits(reader, "tasks"), queues: try Self.limits(reader, "queues"))
        try Self.check(grant)
        self.init(provider: provider, requirements: requirements, grant: grant, origin: origin)
    }

    private static func check(_ grant: AccessGrant) throws(AccessFieldError) {
        guard grant.isLimited else { return }
        guard grant.role < .admin else {
            throw AccessFieldError("an admin sees people, sessions and the audit record, and so cannot be limited")
        }
        do {
            _ = try Scope(tasks: grant.tasks, queues: grant.queues)
        } catch {
            throw AccessFieldError(error.description)
        }
    }

    private static func level(_ text: String?) throws(AccessFieldError) -> Int? {
        guard let text else { return nil }
        guard let level = GitLabLevel.value(text) else {
            throw AccessFieldError("gitlab_level: '\(text)' is not a level; allowed are \(GitLabLevel.allowed)")
        }
        return level
    }

    private typealias Reader = (String) throws(AccessFieldError) -> AccessCondition

    private static func reader(of name: String, level: Int) -> Reader? {
        func refuse(_ value: String, _ allowed: String) -> AccessFieldError {
            AccessFieldError("\(name): '\(value)' is not \(allowed)")
        }
        switch name {
        case "email":
            return { (value) throws(AccessFieldError) in
                // Such an address could exist, but is meant as a pattern.
                guard let address = EmailAddress(value), !value.utf8.contains(UInt8(ascii: "*")) else {
                    throw refuse(value, "an e-mail address; for a whole domain there is email_domain")
                }
                return .email(address)
            }
        case "email_domain", "google_domain":
            return { (value) throws(AccessFieldError) in
                guard let domain = EmailAddress.domain(value) else {
                    throw refuse(value, "a domain such as example.com; there are no patterns")
                }
                if let reason = OpenMailDomains.refusal(domain) { throw AccessFieldError("\(name): \(reason)") }
                return name == "email_domain" ? .emailDomain(domain) : .googleDomain(domain)
            }
        case "user_id":
            return { (value) throws(AccessFieldError) in
                guard isPrintable(value), value.utf8.count <= 255, !isPattern(value) else {
                    throw refuse(value, "the id of one person")
                }
                return .userID(value)
            }
        case "github_org":
            return { (value) throws(AccessFieldError) in
                guard isGitHubName(value) else { throw refuse(value, "the name of one organisation") }
                return .membership(.gitHubOrganisation(value.lowercased()))
            }
        case "github_team":
            return { (value) throws(AccessFieldError) in
                let parts = value.split(separator: "/", omittingEmptySubsequences: false).map(String.init)
                guard parts.count == 2, parts.allSatisfy(isGitHubName) else {
                    throw refuse(value, "organisation/team, with the team's name as in its address")
                }
                return .membership(.gitHubTeam(organisation: parts[0].lowercased(), slug: parts[1].lowercased()))
            }
        case "google_group":
            return { (value) throws(AccessFieldError) in
                guard let address = EmailAddress(value) else { throw refuse(value, "the address of a group") }
                return .membership(.googleGroup(address.text))
            }
        case "gitlab_group":
            return { (value) throws(AccessFieldError) in
                guard isGitLabPath(value) else {
                    throw refuse(value, "the full path of a group, such as acme/platform")
                }
                return .membership(.gitLabGroup(path: value, level: level))
            }
        case "oidc_group":
            return { (value) throws(AccessFieldError) in
                guard isPrintable(value), value.utf8.count <= 255, !isPattern(value) else {
                    throw refuse(value, "the name of one group; there are no patterns")
                }
                return .group(value)
            }
        default: return nil
        }
    }

    private static func limits(_ reader: FieldReader, _ name: String) throws(AccessFieldError) -> [String] {
        guard reader.has(name) else { return [] }
        return try reader.values(name)
    }

    private static func isPattern(_ text: String) -> Bool { text == "*" || text == ".*" }

    private static func isPrintable(_ text: String) -> Bool {
        !text.isEmpty && text.unicodeScalars.allSatisfy { $0.value >= 0x20 && $0.value != 0x7F }
    }

    /// Letters, digits, `-`, `_` and `.`: logins and the slugs of teams.
    private static func isGitHubName(_ text: String) -> Bool {
        (1...100).contains(text.utf8.count) && text.utf8.allSatisfy(isNameByte)
    }

    private static func isGitLabPath(_ text: String) -> Bool {
        text.utf8.count <= 255
            && text.split(separator: "/", omittingEmptySubsequences: false).allSatisfy {
                !$0.isEmpty && $0.utf8.allSatisfy(isNameByte)
            }
    }

    private static func isNameByte(_ byte: UInt8) -> Bool {
        switch byte {
        case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "A")...UInt8(ascii: "Z"),
            UInt8(ascii: "0")...UInt8(ascii: "9"), UInt8(ascii: "-"), UInt8(ascii: "_"), UInt8(ascii: "."):
            true
        default: false
        }
    }
}

/// The fields of one rule.
private struct FieldReader {
    let fields: [(name: String, values: [String])]

    func has(_ name: String) -> Bool { fields.contains { $0.name == name } }

    /// At least one, none of them empty.
    func values(_ name: String) throws(AccessFieldError) -> [String] {
        let values = fields.filter { $0.name == name }.flatMap(\.values).map { RuleText.trimmed($0) }
        guard !values.isEmpty, !values.contains("") else { throw AccessFieldError("\(name) is empty") }
        return values
    }

    func single(_ name: String) throws(AccessFieldError) -> String? {
        guard has(name) else { return nil }
        let values = try values(name)
        guard values.count == 1 else { throw AccessFieldError("\(name) takes one value") }
        return values[0]
    }
}
