import Identity

/// The value of Flower's `--auth` option as a rule: exact addresses or one domain, as operators.
///
/// There is no pattern matching. Flower's regular-expression forms are understood where they mean a whole domain, and
/// every other use of `*` or `|` is refused, since such patterns let in strangers (CVE-2022-30034).
extension AccessRule {
    /// - Parameter auth: the option's value. Blanks around addresses are ignored.
    package init(auth: String) throws(AccessRuleError) {
        let value = RuleText.trimmed(auth)
        func refuse(_ reason: String) -> AccessRuleError { AccessRuleError(rule: auth, reason: reason) }
        guard !value.isEmpty else { throw refuse("the rule is empty") }

        var alternatives: [AccessCondition] = []
        if value.utf8.contains(UInt8(ascii: "*")) {
            guard !value.utf8.contains(UInt8(ascii: "|")) else { throw refuse("`*` and `|` cannot be combined") }
            alternatives = [.emailDomain(try Self.domain(value, refuse))]
        } else {
            for part in value.split(separator: "|", omittingEmptySubsequences: false) {
                let text = RuleText.trimmed(part)
                guard !text.isEmpty else { throw refuse("one of the addresses between `|` is empty") }
                guard let address = EmailAddress(text) else { throw refuse("`\(text)` is not an e-mail address") }
                alternatives.append(.email(address))
            }
        }
        self.init(
            provider: nil, requirements: [alternatives], grant: AccessGrant(role: .operator), origin: "--auth")
    }

    /// The domain of `*@domain`, `.*@domain` or, with the dots escaped as in a regular expression, `.*@a\.b`.
    private static func domain(
        _ value: String, _ refuse: (String) -> AccessRuleError
    ) throws(AccessRuleError) -> String {
        let rest: Substring
        let isExpression = value.hasPrefix(".*@")
        if isExpression {
            rest = value.dropFirst(3)
        } else if value.hasPrefix("*@") {
            rest = value.dropFirst(2)
        } else {
            throw refuse("`*` may only stand for everything before the `@`")
        }
        let name = isExpression ? unescapingDots(rest) : String(rest)
        guard let domain = EmailAddress.domain(name) else {
            throw refuse(rest.isEmpty ? "the domain is missing" : "`\(rest)` is not a domain")
        }
        if let reason = OpenMailDomains.refusal(domain) { throw refuse(reason) }
        return domain
    }

    private static func unescapingDots(_ text: Substring) -> String {
        var result = ""
        var escaped = false
        for character in text {
            if escaped, character != "." { result.append("\\") }
            if character == "\\", !escaped {
                escaped = true
                continue
            }
            escaped = false
            result.append(character)
        }
        return escaped ? result + "\\" : result
    }
}
