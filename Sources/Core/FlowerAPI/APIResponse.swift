internal import CeleryProtocol

/// An answer of the API. `HEAD` is answered like `GET`; whoever sends it leaves the body out.
package struct APIResponse: Sendable {
    package static let json = "application/json; charset=UTF-8"
    package static let problem = "application/problem+json"
    package static let text = "text/plain; charset=UTF-8"
    package static let html = "text/html; charset=UTF-8"

    package var status: Int
    package var contentType: String
    package var body: [UInt8]
    package var headers: [(String, String)]
    /// What follows `body`, made piece by piece while it is sent; nil when `body` is everything.
    package var rest: APIBodyPieces?

    package init(
        status: Int, contentType: String, body: [UInt8] = [], headers: [(String, String)] = [],
        rest: APIBodyPieces? = nil
    ) {
        self.status = status
        self.contentType = contentType
        self.body = body
        self.headers = headers
        self.rest = rest
    }

    /// RFC 9457 problem details.
    package static func problem(
        _ status: Int, title: String, detail: String, headers: [(String, String)] = []
    ) -> APIResponse {
        problem(status, title: title, detail: detail, details: [], headers: headers)
    }

    /// A problem under the status's own title. Flower answers these with the bare sentence; here it is the `detail`.
    static func refusal(
        _ status: Int, _ sentence: String, details: [(key: String, value: JSONValue)] = [],
        headers: [(String, String)] = []
    ) -> APIResponse {
        let title =
            switch status {
            case 400: "Bad Request"
            case 403: "Forbidden"
            case 404: "Not Found"
            case 405: "Method Not Allowed"
            case 409: "Conflict"
            case 503: "Service Unavailable"
            default: "Error"
            }
        return problem(status, title: title, detail: sentence, details: details, headers: headers)
    }

    private static func problem(
        _ status: Int, title: String, detail: String, details: [(key: String, value: JSONValue)],
        headers: [(String, String)]
    ) -> APIResponse {
        var json = JSONBody()
        json.raw("{\"type\": \"about:blank\", \"title\": ")
        json.string(title)
        json.raw(", \"status\": ")
        json.integer(status)
        json.raw(", \"detail\": ")
        json.string(detail)
        for member in details {
            json.raw(", ")
            json.string(member.key)
            json.raw(": ")
            json.value(member.value)
        }
        json.raw("}")
        return APIResponse(status: status, contentType: Self.problem, body: json.bytes, headers: headers)
    }
}

/// The later pieces of a long body. Every call makes the next one, nil is the end; one reader at a time.
package struct APIBodyPieces: Sendable {
    package let next: @Sendable () async -> [UInt8]?
}
