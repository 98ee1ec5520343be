import PageKit

/// The protective fields of every answer.
enum SecurityFields {
    /// One year (RFC 6797).
    static let strictTransport = "max-age=31536000"
    /// `no-referrer` would make browsers send `Origin: null` with our own forms.
    static let referrerPolicy = "same-origin"

    /// Appends them. What the core set itself among them was dropped, but for its own content policy.
    static func append(to fields: inout [(String, String)], hasPolicy: Bool, isSecure: Bool) {
        if !hasPolicy { fields.append(("content-security-policy", ContentSecurityPolicy.value)) }
        fields.append(("x-content-type-options", "nosniff"))
        fields.append(("x-frame-options", "DENY"))
        fields.append(("referrer-policy", referrerPolicy))
        fields.append(("cross-origin-opener-policy", "same-origin"))
        fields.append(("cross-origin-resource-policy", "same-origin"))
        if isSecure { fields.append(("strict-transport-security", strictTransport)) }
    }
}
