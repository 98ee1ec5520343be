internal import FlowerAPI
import PageKit

/// An answer of the API as it is sent: never stored, with a tag when it is a 200, compressed where that pays.
struct WholeAnswer: Sendable {
    /// Bytes below which compressing costs more than it saves.
    static let leastCompressed = 4096

    private(set) var status: Int
    private(set) var fields: [(String, String)]
    private(set) var body: [UInt8]

    /// `isRead`: the request was `GET` or `HEAD`.
    init(_ answer: APIResponse, isRead: Bool, acceptEncoding: String?, ifNoneMatch: String?) {
        status = answer.status
        body = answer.body
        fields = [("Cache-Control", "no-store"), ("X-Content-Type-Options", "nosniff")]
        fields.append(contentsOf: answer.headers)
        if answer.status == 204 {
            body = []
            return
        }
        if answer.status == 200, isRead {
            let tag = EntityTag.weak(answer.body)
            fields.append(("ETag", tag))
            if let ifNoneMatch, EntityTag.matches(ifNoneMatch, tag) {
                status = 304
                body = []
                return
            }
        }
        fields.append(("Content-Type", answer.contentType))
        guard answer.body.count >= Self.leastCompressed else { return }
        fields.append(("Vary", "Accept-Encoding"))
        if AcceptEncoding.hasGzip(acceptEncoding), let gzip = GzipStream() {
            body = gzip.compress(body, isLast: true)
            fields.append(("Content-Encoding", "gzip"))
        }
    }

    var hasBody: Bool { status != 204 && status != 304 }
}
