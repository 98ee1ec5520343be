import Identity
import SignIn
import Testing

@Suite("Access rules of --auth")
struct AccessRulesTests {
    private func role(_ rule: AccessRule, _ emails: [String]) -> Role? {
        var facts = PersonFacts(subject: "1", name: "ann")
        facts.emails = emails
        return AccessPolicy([rule]).decide(facts).grant?.role
    }

    @Test(
        "An allowed form lets in exactly whom it names, whatever the case, as operator",
        arguments: [
            ("ann@example.com", ["ann@example.com", "ANN@Example.COM"], ["bob@example.com", "ann@example.org"]),
            ("Ann@Example.com|bob@example.com", ["ann@example.com", "bob@example.com"], ["eve@example.com"]),
            (" ann@example.com | bob@example.com ", ["ann@example.com", "bob@example.com"], []),
            (
                "*@example.com", ["ann@example.com", "x.y+z@EXAMPLE.com"],
                ["ann@sub.example.com", "ann@example.com.evil"]
            ),
            (".*@example.com", ["ann@example.com"], ["ann@exampleXcom", "ann@notexample.com"]),
            (".*@example\\.com", ["ann@example.com"], ["ann@example\\.com", "ann@exampleXcom"]),
            (".*@a\\.b.example\\.com", ["ann@a.b.example.com"], []),
            ("*@localhost", ["root@localhost"], ["root@localhost.example.com"]),
        ])
    func allowed(rule: String, admitted: [String], refused: [String]) throws {
        let rule = try AccessRule(auth: rule)
        for email in admitted { #expect(role(rule, [email]) == .operator) }
        for email in refused { #expect(role(rule, [email]) == nil) }
        #expect(role(rule, []) == nil)
    }

    @Test(
        "Every other use of * or | is refused, and so is what is no address",
        arguments: [
            "", "  ", "*", ".*", "*@*", ".*@.*", "*@", ".*@", "@example.com", ".*example.com", "*example.com",
            "a*@example.com", "*a@example.com", "..*@example.com", "*@*.example.com", "*@exam*ple.com",
            "*@example.com|ann@example.com", "ann@example.com|*@example.com", "ann@example.com|", "|ann@example.com",
            "ann@example.com||bob@example.com", "@example.com|", "a@b@example.com", "*@a@example.com", "ann",
            "ann@example.com,bob@example.com", "ann@exa mple.com", "ann@-example.com", "ann@example..com",
            ".ann@example.com", "*@example\\.com", "ann@example\\.com", ".*@example\\com", ".*@example.com\\",
            "[a-z]+@example.com", "^ann@example.com$", "(ann|bob)@example.com", "*@ex\u{e4}mple.com",
            "ann\u{ff20}example.com", "\"a@b\"@example.com", "ann@example.com\nbob@example.com",
        ])
    func refused(rule: String) {
        let error = #expect(throws: AccessRuleError.self) { try AccessRule(auth: rule) }
        #expect(error?.rule == rule)
        #expect(error?.description.contains("Allowed are") == true)
    }

    @Test(
        "Odd addresses of a provider match nothing",
        arguments: [
            "ann@evil.com@example.com", "\"a@evil.com\"@example.com", "a@example.com\n@evil.com",
            "evil@x\na@example.com",
            "a@example.com ", " a@example.com", "a@example.com\u{0}", "a\u{ff20}example.com", "a@example\u{3002}com",
            "a@ex\u{430}mple.com", "a@xn--exmple-cua.com", "@example.com", "a@", "a@example.com.", "a@.example.com",
            "a<b>@example.com", "a,b@example.com", "K\u{212a}@example.com", "",
        ])
    func oddAddresses(email: String) throws {
        for rule in ["*@example.com", "a@example.com", "evil@x|a@example.com"] {
            #expect(role(try AccessRule(auth: rule), [email]) == nil)
        }
    }

    @Test("A domain where anybody gets an address is refused")
    func openDomain() {
        #expect(throws: AccessRuleError.self) { try AccessRule(auth: "*@gmail.com") }
        #expect(throws: Never.self) { try AccessRule(auth: "ann@gmail.com") }
    }

    @Test("Without a rule nobody is let in")
    func nobody() {
        var facts = PersonFacts(subject: "1", name: "ann")
        facts.emails = ["ann@example.com"]
        #expect(AccessPolicy([]).decide(facts).grant == nil)
    }
}

@Suite("What access rules limit to")
struct AccessScopeTests {
    @Test(
        "A limit that is no pattern, limits nothing, or an admin's, is refused",
        arguments: [("viewer", ["*"]), ("viewer", ["a*b"]), ("operator", ["a", "*x"]), ("admin", ["a"])])
    func refused(_ role: String, _ tasks: [String]) {
        #expect(throws: AccessFieldError.self) {
            try AccessRule(
                fields: [("email", ["ann@example.com"]), ("role", [role]), ("tasks", tasks)], origin: "rule 1")
        }
    }

    @Test("Prefixes, names and queues are taken")
    func taken() throws {
        let rule = try AccessRule(
            fields: [
                ("email", ["ann@example.com"]), ("role", ["operator"]), ("tasks", ["billing.*", "mail.send"]),
                ("queues", ["money"]),
            ], origin: "rule 1")
        #expect(rule.grant == AccessGrant(role: .operator, tasks: ["billing.*", "mail.send"], queues: ["money"]))
    }
}
