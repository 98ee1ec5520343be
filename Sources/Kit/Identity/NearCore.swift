/// A core in the gateway's own process. What it has in memory it answers by a call; a connection to it would cost several
/// times what the answer does.
package protocol NearCore: Sendable {
    /// nil: the request goes over the connection, where everything is answered. Called on an event loop: takes microseconds.
    func answer(_ request: NearRequest) -> NearAnswer?
}

/// A `GET` or `HEAD` without a body, admitted by the gateway.
package struct NearRequest: Sendable {
    /// Who asks, and for what. Unsigned: it never leaves the process.
    package var assertion: RequestAssertion
    /// What follows the question mark; nil without one.
    package var query: String?
    package var acceptEncoding: String?
    package var ifNoneMatch: String?

    package init(assertion: RequestAssertion, query: String?, acceptEncoding: String?, ifNoneMatch: String?) {
        self.assertion = assertion
        self.query = query
        self.acceptEncoding = acceptEncoding
        self.ifNoneMatch = ifNoneMatch
    }
}

/// A whole answer of the core.
package struct NearAnswer: Sendable {
    package var status: Int
    /// Name and value. Without `Content-Length`.
    package var fields: [(String, String)]
    /// Of `HEAD` too, for its length.
    package var body: [UInt8]

    package init(status: Int, fields: [(String, String)], body: [UInt8]) {
        self.status = status
        self.fields = fields
        self.body = body
    }
}
