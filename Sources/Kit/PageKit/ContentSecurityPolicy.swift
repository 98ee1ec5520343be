/// The policy under which all our pages run: nothing inline, nothing from elsewhere, no framing, no string becomes code.
///
/// `trusted-types calyx` names the one policy that may turn text into elements; `live.js` makes it, for fragments that
/// the server's escaping writer produced.
package enum ContentSecurityPolicy {
    package static let value = [
        "default-src 'none'",
        "script-src 'self'",
        "style-src 'self'",
        "img-src 'self'",
        "connect-src 'self'",
        "form-action 'self'",
        "frame-ancestors 'none'",
        "base-uri 'none'",
        "require-trusted-types-for 'script'",
        "trusted-types calyx",
    ].joined(separator: "; ")
}
