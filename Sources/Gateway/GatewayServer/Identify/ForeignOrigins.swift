/// The origins whose pages may use the API, with a credential that their script holds and never with a cookie (CORS, Fetch
/// standard, section 3.3). None unless configured; no wildcard.
struct ForeignOrigins: Sendable {
    private let origins: Set<String>

    /// - Parameter origins: as in `Origin`, lower case.
    init(_ origins: [String]) { self.origins = Set(origins) }

    /// The request's origin when it is one of them and asks for the API or metrics.
    func granted(_ fields: InspectedFields, path: String) -> String? {
        guard !origins.isEmpty, let origin = fields.origin, origins.contains(origin.lowercased()),
            path.utf8.starts(with: "/api/".utf8) || path == "/metrics"
        else { return nil }
        return origin
    }

    /// What a browser asks before it lets such a page send anything else than a simple request.
    static var preflight: Answer {
        var answer = Answer.text(204, "")
        answer.contentType = nil
        answer.fields = [
            ("access-control-allow-methods", "GET, HEAD, POST, PUT, PATCH, DELETE"),
            ("access-control-allow-headers", "authorization, content-type, if-none-match"),
            ("access-control-max-age", "600"),
        ]
        return answer
    }

    /// The fields of every answer to such a page. Credentials are not among them: cookies stay at home.
    static func fields(for origin: String) -> [(String, String)] {
        [
            ("access-control-allow-origin", origin), ("vary", "origin"),
            ("access-control-expose-headers", "etag, link, retry-after, x-request-id"),
        ]
    }
}
