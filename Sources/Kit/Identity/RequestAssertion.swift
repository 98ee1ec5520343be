/// What the gateway vouches for on one forwarded request.
///
/// It travels in the `Calyx-Assertion` field as `1.<key id>.<base64url payload>.<base64url HMAC-SHA-256>`. The core
/// answers nobody without a valid one, and only for the very method and path that it names.
///
/// Of a person with a scope it begins with `2.`, and the payload ends with the scope. A core that is too old to limit
/// what such a person sees does not know that version and refuses; everybody else is served by it as before.
package struct RequestAssertion: Sendable, Equatable {
    /// The request field that carries an assertion.
    package static let fieldName = "Calyx-Assertion"
    /// No assertion lives longer than this, in seconds.
    package static let maximumLifetime: Int64 = 60

    package var principal: Principal
    package var method: String
    /// The canonical path as forwarded: without prefix and query.
    package var path: String
    /// The prefix that links, redirects and assets carry in the browser, e.g. `/flower`, or empty.
    package var prefix: String
    /// The session's CSRF token for forms of the core's pages; empty where the request has no session.
    package var csrfToken: String
    /// The gateway's own id of this request, also in its log and in the answer.
    package var requestID: String
    /// Unix seconds.
    package var expires: Int64

    package init(
        principal: Principal, method: String, path: String, prefix: String = "", csrfToken: String = "",
        requestID: String, expires: Int64
    ) {
        self.principal = principal
        self.method = method
        self.path = path
        self.prefix = prefix
        self.csrfToken = csrfToken
        self.requestID = requestID
        self.expires = expires
    }
}

/// Why the core refuses an assertion. `rawValue` is a bounded set, fit for logs and metric labels.
package enum AssertionError: String, Error, Sendable {
    case missing, malformed, unknownVersion, unknownKey, badSignature, expired, lifetimeTooLong, otherRequest
}
