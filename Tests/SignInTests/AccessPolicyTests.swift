import Identity
import SignIn
import Testing

@Suite("Access rules with roles")
struct AccessPolicyTests {
    private func rule(_ fields: [(String, [String])]) throws -> AccessRule {
        try AccessRule(fields: fields.map { (name: $0.0, values: $0.1) }, origin: "rule")
    }

    private func person(_ change: (inout PersonFacts) -> Void) -> PersonFacts {
        var facts = PersonFacts(subject: "1", name: "ann")
        change(&facts)
        return facts
    }

    @Test("Nobody gets in without a rule that fits")
    func defaultDeny() throws {
        let everything = person {
            $0.emails = ["ann@example.com"]
            $0.groups = ["ops"]
            $0.hostedDomain = "example.com"
        }
        #expect(AccessPolicy([]).decide(everything).grant == nil)
        let other = try rule([("email", ["bob@example.com"]), ("role", ["admin"])])
        #expect(AccessPolicy([other]).decide(everything).grant == nil)
    }

    @Test("Every requirement must hold, each by one of its alternatives")
    func requirements() throws {
        let both = try rule([
            ("email_domain", ["example.com", "example.org"]), ("oidc_group", ["ops", "dev"]), ("role", ["operator"]),
        ])
        let policy = AccessPolicy([both])
        let inside = person {
            $0.emails = ["ann@EXAMPLE.org"]
            $0.groups = ["dev"]
        }
        #expect(policy.decide(inside).grant?.role == .operator)
        let noGroup = person { $0.emails = ["ann@example.org"] }
        #expect(policy.decide(noGroup).grant == nil)
        #expect(policy.decide(noGroup).findings[0].unmet == [[.group("ops"), .group("dev")]])
        #expect(policy.decide(person { $0.groups = ["dev"] }).grant == nil)
    }

    @Test(
        "Comparisons are exact",
        arguments: [
            ("oidc_group", "ops", ["Ops", "ops ", "ops2", "xops", "op", "o\u{440}s"]),
            ("gitlab_group", "acme/ops", ["acme/ops2", "acme", "acme/ops/x", "evil/acme/ops", "Acme/ops"]),
        ])
    func exact(field: String, value: String, others: [String]) throws {
        let policy = AccessPolicy([try rule([(field, [value]), ("role", ["viewer"])])])
        for other in others {
            let facts = person {
                $0.groups = [other]
                $0.memberships = [.gitLabGroup(path: other, level: 10): .member]
            }
            #expect(policy.decide(facts).grant == nil, "\(other)")
        }
        let member = person {
            $0.groups = [value]
            $0.memberships = [.gitLabGroup(path: value, level: 10): .member]
        }
        #expect(policy.decide(member).grant?.role == .viewer)
    }

    @Test("The account's domain counts, not the address's")
    func googleDomain() throws {
        let policy = AccessPolicy([try rule([("google_domain", ["example.com"]), ("role", ["viewer"])])])
        #expect(policy.decide(person { $0.emails = ["ann@example.com"] }).grant == nil)
        #expect(policy.decide(person { $0.hostedDomain = "other.com" }).grant == nil)
        #expect(policy.decide(person { $0.hostedDomain = "Example.com" }).grant != nil)
    }

    @Test("Teams and organisations are compared without case, and only active members are members")
    func gitHub() throws {
        let policy = AccessPolicy([
            try rule([("github_team", ["Acme/Platform"]), ("role", ["operator"])]),
            try rule([("github_org", ["ACME"]), ("role", ["viewer"])]),
        ])
        let team = Membership.gitHubTeam(organisation: "acme", slug: "platform")
        #expect(policy.memberships == [team, .gitHubOrganisation("acme")])
        #expect(policy.decide(person { $0.memberships = [team: .member] }).grant?.role == .operator)
        for state in [MembershipState.pending, .notMember, .notPermitted] {
            let facts = person { $0.memberships = [team: state] }
            let decision = policy.decide(facts)
            #expect(decision.grant == nil)
            #expect(decision.advice(for: facts).isEmpty == (state == .notMember))
        }
    }

    @Test("The strongest role counts; limits of one shape add up, and others do not mix")
    func combination() throws {
        func decide(_ rules: [[(String, [String])]]) throws -> AccessGrant? {
            let all = try rules.map { try rule($0 + [("email", ["ann@example.com"])]) }
            return AccessPolicy(all).decide(person { $0.emails = ["ann@example.com"] }).grant
        }
        #expect(
            try decide([[("role", ["viewer"])], [("role", ["operator"]), ("tasks", ["a.*"])]])
                == AccessGrant(role: .operator, tasks: ["a.*"]))
        #expect(
            try decide([
                [("role", ["viewer"]), ("tasks", ["a.*"])], [("role", ["viewer"]), ("tasks", ["b.*", "a.*"])],
            ])
                == AccessGrant(role: .viewer, tasks: ["a.*", "b.*"]))
        #expect(
            try decide([[("role", ["viewer"]), ("tasks", ["a.*"])], [("role", ["viewer"])]])
                == AccessGrant(role: .viewer))
        #expect(
            try decide([[("role", ["viewer"]), ("tasks", ["a.*"])], [("role", ["viewer"]), ("queues", ["mail"])]])
                == AccessGrant(role: .viewer, tasks: ["a.*"]))
    }

    @Test(
        "A rule that matches everybody, or is malformed, is refused with the reason",
        arguments: [
            ([("role", ["viewer"])], "everybody"), ([("provider", ["github"]), ("role", ["viewer"])], "everybody"),
            ([("email", ["a@x.org"])], "the role is missing"),
            ([("email", ["a@x.org"]), ("role", ["root"])], "not a role"),
            ([("email", ["*"]), ("role", ["viewer"])], "not an e-mail address"),
            ([("email", [".*@x.org"]), ("role", ["viewer"])], "not an e-mail"),
            ([("email", ["*@x.org"]), ("role", ["viewer"])], "email_domain"),
            ([("email_domain", ["*"]), ("role", ["viewer"])], "not a domain"),
            ([("email_domain", ["*.x.org"]), ("role", ["viewer"])], "not a domain"),
            ([("email_domain", ["gmail.com"]), ("role", ["viewer"])], "everybody"),
            ([("email_domain", []), ("role", ["viewer"])], "empty"),
            ([("email", ["a@x.org", ""]), ("role", ["viewer"])], "empty"),
            ([("google_domain", ["gmail.com"]), ("role", ["viewer"])], "everybody"),
            ([("oidc_group", ["*"]), ("role", ["viewer"])], "no patterns"),
            ([("user_id", ["1"]), ("role", ["viewer"])], "needs a provider"),
            ([("user_id", ["*"]), ("provider", ["x"]), ("role", ["viewer"])], "one person"),
            ([("github_org", ["acme/x"]), ("role", ["viewer"])], "one organisation"),
            ([("github_org", ["*"]), ("role", ["viewer"])], "one organisation"),
            ([("github_team", ["platform"]), ("role", ["viewer"])], "organisation/team"),
            ([("github_team", ["acme/*"]), ("role", ["viewer"])], "organisation/team"),
            ([("gitlab_group", ["/acme"]), ("role", ["viewer"])], "full path"),
            ([("gitlab_level", ["developer"]), ("email", ["a@x.org"]), ("role", ["viewer"])], "needs a gitlab_group"),
            ([("gitlab_group", ["a"]), ("gitlab_level", ["boss"]), ("role", ["viewer"])], "not a level"),
            ([("google_group", ["ops"]), ("role", ["viewer"])], "address of a group"),
            ([("email", ["a@x.org"]), ("role", ["viewer", "admin"])], "takes one value"),
        ] as [([(String, [String])], String)])
    func refused(fields: [(String, [String])], reason: String) {
        let error = #expect(throws: AccessFieldError.self) { try rule(fields) }
        #expect(error?.description.contains(reason) == true, "\(error?.description ?? "")")
    }

    @Test("A rule is about the providers that can tell what it asks for")
    func applies() throws {
        let org = try rule([("github_org", ["acme"]), ("role", ["viewer"])])
        #expect(org.applies(to: "github", .github) && !org.applies(to: "google", .google))
        let named = try rule([("email", ["a@x.org"]), ("provider", ["corp"]), ("role", ["viewer"])])
        #expect(named.applies(to: "corp", .oidc) && !named.applies(to: "other", .oidc))
    }
}
