import Identity

/// Whom the value of Flower's `--auth` option lets in: exact addresses or one domain, as operators.
///
/// There is no pattern matching. Flower's regular-expression forms are understood where they mean a whole domain, and
/// every other use of `*` or `|` is refused, since such patterns let in strangers (CVE-2022-30034).
package struct AccessRules: Sendable, Equatable {
    private enum Rule: Sendable, Equatable {
        case addresses(Set<EmailAddress>)
        case domain(String)
    }

    private let rule: Rule?

    /// Nobody: for a provider without a rule. Whoever signs in is told which option would let them in.
    package static let nobody = AccessRules(rule: nil)

    private init(rule: Rule?) { self.rule = rule }

    /// - Parameter auth: the option's value. Blanks around addresses are ignored.
    package init(auth: String) throws(AccessRuleError) {
        let value = Self.trimmed(auth)
        func refuse(_ reason: String) -> AccessRuleError { AccessRuleError(rule: auth, reason: reason) }
        guard !value.isEmpty else { throw refuse("the rule is empty") }

        if value.utf8.contains(UInt8(ascii: "*")) {
            guard !value.utf8.contains(UInt8(ascii: "|")) else { throw refuse("`*` and `|` cannot be combined") }
            rule = .domain(try Self.domain(value, refuse))
            return
        }
        var addresses: Set<EmailAddress> = []
        for part in value.split(separator: "|", omittingEmptySubsequences: false) {
            let text = Self.trimmed(part)
            guard !text.isEmpty else { throw refuse("one of the addresses between `|` is empty") }
            guard let address = EmailAddress(text) else { throw refuse("`\(text)` is not an e-mail address") }
            addresses.insert(address)
        }
        rule = .addresses(addresses)
    }

    /// The role for a person with these verified addresses; nil when none of them is let in.
    package func role(forVerified emails: [String]) -> Role? { match(verified: emails)?.role }

    /// The first of these verified addresses that is let in, and the role it gives.
    package func match(verified emails: [String]) -> (email: String, role: Role)? {
        for email in emails {
            guard let address = EmailAddress(email) else { continue }
            switch rule {
            case .addresses(let allowed) where allowed.contains(address): return (email, .operator)
            case .domain(let domain) where address.domain == domain: return (email, .operator)
            case .addresses, .domain, nil: continue
            }
        }
        return nil
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

    private static func trimmed(_ text: some StringProtocol) -> String {
        let bytes = Array(text.utf8)
        let isBlank = { (byte: UInt8) in byte == 0x20 || byte == 0x09 }
        guard let first = bytes.firstIndex(where: { !isBlank($0) }), let last = bytes.lastIndex(where: { !isBlank($0) })
        else { return "" }
        return String(decoding: bytes[first...last], as: UTF8.self)
    }
}
