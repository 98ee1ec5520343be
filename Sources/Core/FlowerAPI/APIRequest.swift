package import Identity

/// A request that has been authenticated and authorised.
package struct APIRequest: Sendable {
    /// Upper case.
    package var method: String
    /// Canonical, without prefix and query; still percent-encoded.
    package var path: String
    /// Decoded, in order of appearance.
    package var query: [(name: String, value: String)]
    package var contentType: String?
    package var body: [UInt8]
    package var principal: Principal

    package init(
        method: String, path: String, query: [(name: String, value: String)] = [], contentType: String? = nil,
        body: [UInt8] = [], principal: Principal
    ) {
        self.method = method
        self.path = path
        self.query = query
        self.contentType = contentType
        self.body = body
        self.principal = principal
    }
}
