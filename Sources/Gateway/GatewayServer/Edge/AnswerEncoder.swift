import NIOCore
import NIOHTTP1

/// Writes answers of HTTP/1.x as bytes: head, body and end of one answer into one buffer where they are small.
struct AnswerEncoder {
    enum Body { case fixed, chunked, untilClose, none }

    private(set) var body = Body.none

    /// - Parameters:
    ///   - fields: without `Transfer-Encoding` and `Connection`; neither names nor values have line ends.
    ///   - further: more fields, as `field` writes them.
    ///   - isHead: the answer to HEAD, which never has a body.
    mutating func head(
        status: Int, fields: [(String, String)], further: ByteBuffer, isHead: Bool, isHTTP10: Bool, closes: Bool,
        to out: inout ByteBuffer
    ) {
        let reason = status == 200 ? "" : HTTPResponseStatus(statusCode: status).reasonPhrase
        let size = reason.utf8.count + further.readableBytes + HeadBytes.size(of: fields) + Self.longestRest
        out.writeHead(size: size) { head in
            head.add(isHTTP10 ? "HTTP/1.0 " : "HTTP/1.1 ")
            if status == 200 {
                head.add("200 OK\r\n")
            } else {
                head.add(String(status))
                head.add(" ")
                head.add(reason)
                head.add("\r\n")
            }
            var hasLength = false
            for (name, value) in fields {
                if name.equalsFoldingASCII("content-length") {
                    // RFC 9110, section 8.6.
                    if status == 204 { continue }
                    hasLength = true
                }
                head.field(name, value)
            }
            head.add(further)
            if isHead || status == 204 || status == 304 {
                body = .none
            } else if hasLength {
                body = .fixed
            } else if isHTTP10 {
                body = .untilClose
            } else {
                body = .chunked
                head.add("transfer-encoding: chunked\r\n")
            }
            head.add(closes ? "connection: close\r\n\r\n" : "\r\n")
        }
    }

    /// What stands in a head beside reason and fields: the status line's rest, framing, `Connection`, and the empty line.
    private static let longestRest = 128

    static func field(_ name: String, _ value: String, to out: inout ByteBuffer) {
        out.writeString(name)
        out.writeStaticString(": ")
        out.writeString(value)
        out.writeStaticString("\r\n")
    }

    /// What stands before a part of the body, and whether a line end stands behind it.
    func beginPart(of length: Int, to out: inout ByteBuffer) {
        if body == .chunked { out.writeString(String(length, radix: 16) + "\r\n") }
    }

    func endPart(to out: inout ByteBuffer) { if body == .chunked { out.writeStaticString("\r\n") } }

    func end(to out: inout ByteBuffer) { if body == .chunked { out.writeStaticString("0\r\n\r\n") } }
}
