/// Why a value of `--auth` is refused: the value, the part at fault and what is allowed.
package struct AccessRuleError: Error, Sendable, Equatable, CustomStringConvertible {
    package let rule: String
    package let reason: String

    package var description: String {
        """
        --auth=\(rule): \(reason). Allowed are one address (ann@example.com), several (ann@example.com|bob@example.com) \
        or one domain (*@example.com, also written .*@example\\.com).
        """
    }
}

/// Why a rule of `access` is refused, as the end of a sentence.
package struct AccessFieldError: Error, Sendable, Equatable, CustomStringConvertible {
    package let description: String
    init(_ description: String) { self.description = description }
}
