internal import FlowerAPI
import HTTPTypes
import Hummingbird
import NIOCore
import PageKit
internal import WebPages

extension Response {
    /// A whole answer of the API.
    init(_ answer: APIResponse, to request: Request) {
        let whole = WholeAnswer(
            answer, isRead: request.method == .get || request.method == .head,
            acceptEncoding: request.headers[.acceptEncoding], ifNoneMatch: request.headers[.ifNoneMatch])
        var headers = HTTPFields()
        headers.add(whole.fields)
        if whole.hasBody {
            self.init(bytes: whole.body, status: whole.status, headers: headers, to: request)
        } else {
            self.init(status: .init(code: whole.status), headers: headers)
            self.headers[.contentLength] = nil
        }
    }

    /// An answer that is made while it is sent: no length, no tag.
    static func streaming(_ answer: APIResponse, _ rest: APIBodyPieces, to request: Request) async -> Response {
        var headers = HTTPFields.protected(contentType: answer.contentType)
        headers.add(answer.headers)
        let status = HTTPResponse.Status(code: answer.status)
        if request.method == .head {
            // Without a length the encoder would end an empty body with a chunk that no HEAD answer has.
            var length = answer.body.count
            while let piece = await rest.next() { length += piece.count }
            headers[.contentLength] = String(length)
            return Response(status: status, headers: headers)
        }
        let first = answer.body
        // What is waited for begins with a space, to be sent at once and not to be kept by a compressor.
        let gzip = request.acceptsGzip && first.count >= WholeAnswer.leastCompressed ? GzipStream() : nil
        if gzip != nil { headers[.contentEncoding] = "gzip" }
        headers[.vary] = "Accept-Encoding"
        let body = ResponseBody { writer in
            func write(_ piece: [UInt8], isLast: Bool = false) async throws {
                let bytes = gzip?.compress(piece, isLast: isLast) ?? piece
                if !bytes.isEmpty { try await writer.write(ByteBuffer(bytes: bytes)) }
            }
            try await write(first)
            while let piece = await rest.next() { try await write(piece) }
            if gzip != nil { try await write([], isLast: true) }
            try await writer.finish(nil)
        }
        return Response(status: status, headers: headers, body: body)
    }

    init(_ page: PageResponse, to request: Request) {
        var headers = HTTPFields.protected(contentType: page.contentType)
        if page.contentType.hasPrefix("text/html") {
            headers[.contentSecurityPolicy] = ContentSecurityPolicy.value
            headers.add([("Referrer-Policy", "same-origin")])
        }
        if let location = page.location { headers[.location] = location }
        self.init(bytes: page.body, status: page.status, headers: headers, to: request)
    }

    /// An embedded asset. Asked for by its hash it never changes; otherwise it is checked again each time.
    init(_ asset: WebAsset, version: String?, to request: Request) {
        var headers = HTTPFields.protected(contentType: asset.mimeType)
        headers[.cacheControl] = version == asset.hash ? "public, max-age=31536000, immutable" : "no-cache"
        headers[.eTag] = "W/\(asset.etag)"
        headers[.vary] = "Accept-Encoding"
        if let known = request.headers[.ifNoneMatch], EntityTag.matches(known, asset.etag) {
            self.init(notModified: headers)
            return
        }
        var bytes = asset.bytes
        if let gzip = asset.gzip, request.acceptsGzip {
            headers[.contentEncoding] = "gzip"
            bytes = gzip
        }
        self.init(bytes: bytes, status: 200, headers: headers, to: request)
    }

    static func problem(
        _ status: Int, _ title: String, _ detail: String, _ headers: [(String, String)] = [], to request: Request
    ) -> Response {
        Response(.problem(status, title: title, detail: detail, headers: headers), to: request)
    }

    private init(notModified headers: HTTPFields) {
        var headers = headers
        headers[.contentType] = nil
        self.init(status: .notModified, headers: headers)
        self.headers[.contentLength] = nil
    }

    /// `HEAD` gets the fields of `GET`, its length included, and no body.
    private init(bytes: [UInt8], status: Int, headers: HTTPFields, to request: Request) {
        guard request.method != .head else {
            var headers = headers
            headers[.contentLength] = String(bytes.count)
            self.init(status: .init(code: status), headers: headers)
            return
        }
        self.init(
            status: .init(code: status), headers: headers, body: ResponseBody(byteBuffer: ByteBuffer(bytes: bytes)))
    }
}

extension HTTPFields {
    static func protected(contentType: String) -> HTTPFields {
        [.contentType: contentType, .cacheControl: "no-store", .xContentTypeOptions: "nosniff"]
    }

    mutating func add(_ fields: [(String, String)]) {
        for (name, value) in fields {
            if let name = HTTPField.Name(name) { self[name] = value }
        }
    }
}

extension Request {
    fileprivate var acceptsGzip: Bool { AcceptEncoding.hasGzip(headers[.acceptEncoding]) }
}
