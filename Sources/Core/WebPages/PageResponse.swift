/// The answer to a `PageRequest`.
package struct PageResponse: Sendable {
    package var status: Int
    package var contentType: String
    package var body: [UInt8]
    /// For a redirect: a path with the prefix.
    package var location: String?

    package init(
        status: Int, contentType: String = "text/html; charset=utf-8", body: [UInt8] = [], location: String? = nil
    ) {
        self.status = status
        self.contentType = contentType
        self.body = body
        self.location = location
    }
}
