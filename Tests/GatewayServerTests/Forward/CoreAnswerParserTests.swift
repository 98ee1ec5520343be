import NIOCore
import Testing

@testable import GatewayServer

@Suite("The parser of the core's answers")
struct CoreAnswerParserTests {
    /// What comes of `text` in pieces of `size`: the status, the body, and how it ended.
    func parse(_ text: String, pieces size: Int = .max, isHead: Bool = false) -> String {
        var parser = CoreAnswerParser()
        parser.begin(isHead: isHead)
        var input = ByteBuffer()
        var result = ""
        var rest = Array(text.utf8)[...]
        do throws(CoreAnswerParser.Malformed) {
            while !rest.isEmpty {
                input.writeBytes(rest.prefix(size))
                rest = rest.dropFirst(size)
                while let event = try parser.next(&input) {
                    switch event {
                    case .head(let head): result += "\(head.status) \(head.fields.map(\.0).joined(separator: ","))|"
                    case .body(let bytes): result += String(buffer: bytes)
                    case .end: return result + "|end" + (parser.isKeptAlive ? "" : " close") + "+\(input.readableBytes)"
                    }
                }
            }
            return result + (parser.endsWithConnection ? "|until close" : "|more")
        } catch { return "malformed" }
    }

    @Test("reads every form of body however the bytes arrive", arguments: [1, 2, 3, 5, Int.max])
    func forms(size: Int) {
        let status = "HTTP/1.1 200 OK\r\n"
        #expect(
            parse(status + "A: b\r\nContent-Length: 4\r\n\r\nbody", pieces: size) == "200 A,Content-Length|body|end+0")
        #expect(parse(status + "Content-Length: 0\r\n\r\n", pieces: size) == "200 Content-Length||end+0")
        #expect(
            parse(
                status + "Transfer-Encoding: chunked\r\n\r\n3\r\nabc\r\nA;x=y\r\n0123456789\r\n0\r\nT: 1\r\n\r\n",
                pieces: size)
                == "200 Transfer-Encoding|abc0123456789|end+0")
        #expect(parse(status + "\r\nabc", pieces: size) == "200 |abc|until close")
        #expect(
            parse("HTTP/1.1 304 Not Modified\r\nContent-Length: 9\r\n\r\n", pieces: size) == "304 Content-Length||end+0"
        )
        #expect(parse("HTTP/1.1 204\r\nConnection: close\r\n\r\n", pieces: size) == "204 Connection||end close+0")
        #expect(parse(status + "Content-Length: 9\r\n\r\n", pieces: size, isHead: true) == "200 Content-Length||end+0")
        #expect(parse(status + "Content-Length: 1\r\n\r\nxHTT", pieces: size).contains("x|end+"))
        #expect(parse(status + "Content-Length: 5\r\n\r\nbody", pieces: size) == "200 Content-Length|body|more")
    }

    @Test(
        "takes nothing that could be read in two ways",
        arguments: [
            "HTTP/1.0 200 OK\r\n\r\n", "HTTP/1.1 20 OK\r\n\r\n", "HTTP/1.1 100 Continue\r\n\r\n",
            "HTTP/1.1 2000\r\n\r\n", "junk of a core\r\n\r\n",
            "HTTP/1.1 200 OK\r\nContent-Length: 1\r\nContent-Length: 1\r\n\r\nx",
            "HTTP/1.1 200 OK\r\nContent-Length: +1\r\n\r\nx",
            "HTTP/1.1 200 OK\r\nContent-Length: 1\r\nTransfer-Encoding: chunked\r\n\r\n",
            "HTTP/1.1 200 OK\r\nTransfer-Encoding: gzip, chunked\r\n\r\n",
            "HTTP/1.1 200 OK\r\nA : b\r\n\r\n", "HTTP/1.1 200 OK\r\nA\r\n\r\n",
            "HTTP/1.1 200 OK\r\nA: b\r\n folded\r\n\r\n",
            "HTTP/1.1 200 OK\nA: b\n\n", "HTTP/1.1 200 OK\r\nA: b\rc\r\n\r\n", "HTTP/1.1 200 OK\r\nA: \u{0}\r\n\r\n",
            "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n0x3\r\nabc\r\n",
            "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n3\r\nabcd\r\n",
            "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n3\nabc\r\n",
            "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n\r\n",
        ])
    func strict(text: String) { #expect(parse(text) == "malformed") }
}
