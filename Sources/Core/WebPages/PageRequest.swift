package import Identity
import PageKit

/// A request for a page, after the gateway's assertion was checked.
package struct PageRequest: Sendable {
    /// Canonical, without the prefix, as it came on the wire (percent-encoded where needed).
    package var path: String
    /// Decoded, in order.
    package var query: [(name: String, value: String)]
    package var principal: Principal
    /// Empty, or `/flower`.
    package var prefix: String
    package var csrfToken: String
    package var requestID: String

    package init(
        path: String, query: [(name: String, value: String)], principal: Principal, prefix: String, csrfToken: String,
        requestID: String
    ) {
        self.path = path
        self.query = query
        self.principal = principal
        self.prefix = prefix
        self.csrfToken = csrfToken
        self.requestID = requestID
    }

    /// The addresses that this person may follow.
    var links: Links { Links(prefix: prefix, hidesWorkers: principal.scope != nil) }

    /// The first value of a query parameter, nil when it is missing or empty.
    func parameter(_ name: String) -> String? {
        query.first { $0.name == name && !$0.value.isEmpty }?.value
    }
}
