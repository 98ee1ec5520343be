import Identity
import SignIn
import Testing

@Suite("Access rules of --auth")
struct AccessRulesTests {
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
        let rules = try AccessRules(auth: rule)
        for email in admitted { #expect(rules.role(forVerified: [email]) == .operator) }
        for email in refused { #expect(rules.role(forVerified: [email]) == nil) }
        #expect(rules.role(forVerified: []) == nil)
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
        let error = #expect(throws: AccessRuleError.self) { try AccessRules(auth: rule) }
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
            #expect(try AccessRules(auth: rule).role(forVerified: [email]) == nil)
        }
    }

    @Test("Any verified address may match; the first that does is told")
    func several() throws {
        let rules = try AccessRules(auth: "*@example.com")
        let match = rules.match(verified: ["ann@home.example", "ann@example.com", "ann2@example.com"])
        #expect(match?.email == "ann@example.com")
    }

    @Test("Without a rule nobody is let in")
    func nobody() {
        #expect(AccessRules.nobody.role(forVerified: ["ann@example.com"]) == nil)
    }
}
