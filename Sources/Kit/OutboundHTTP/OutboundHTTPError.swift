/// Why there is no answer. `code` is a bounded set, fit for metric labels; `description` tells a reader of the log more
/// but holds neither paths nor queries nor field values, which may be secret.
package struct OutboundHTTPError: Error, Sendable, CustomStringConvertible {
    package enum Code: String, Sendable {
        /// The URL, a field or the method is not well-formed.
        case invalidRequest
        /// The URL's origin is not one of the allowed.
        case originNotAllowed
        case nameNotResolved
        case connectFailed
        /// The certificate is not valid for the host, not trusted, or TLS failed otherwise.
        case tlsFailed
        case timedOut
        /// The answer was a redirect, which is never followed.
        case redirected
        case responseTooLarge
        /// The connection broke or the answer was not HTTP.
        case transferFailed
        /// Too many requests wait already.
        case overloaded
        case cancelled
    }

    package let code: Code
    package let description: String

    package init(_ code: Code, _ description: String) {
        self.code = code
        self.description = description
    }
}

extension OutboundHTTPError: Equatable {
    package static func == (left: Self, right: Self) -> Bool { left.code == right.code }
}
