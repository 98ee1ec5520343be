/// A request to a configured server outside.
package struct OutboundRequest: Sendable {
    package enum Method: String, Sendable { case get = "GET", post = "POST", delete = "DELETE" }

    package var method: Method
    /// An absolute URL whose origin the client allows.
    package var url: String
    /// Fields beside those that HTTP itself needs. Control bytes in them are refused.
    package var headers: [(name: String, value: String)]
    package var body: [UInt8]

    package init(
        _ method: Method = .get, _ url: String, headers: [(name: String, value: String)] = [], body: [UInt8] = []
    ) {
        self.method = method
        self.url = url
        self.headers = headers
        self.body = body
    }
}

/// A whole answer. Any status is an answer, except redirects, which are errors.
package struct OutboundResponse: Sendable {
    package let status: Int
    /// In the order of arrival.
    package let headers: [(name: String, value: String)]
    package let body: [UInt8]

    package init(status: Int, headers: [(name: String, value: String)], body: [UInt8]) {
        self.status = status
        self.headers = headers
        self.body = body
    }

    /// The first field of this name, in whatever case.
    package func header(_ name: String) -> String? {
        let wanted = name.lowercased()
        return headers.first { $0.name.lowercased() == wanted }?.value
    }
}
