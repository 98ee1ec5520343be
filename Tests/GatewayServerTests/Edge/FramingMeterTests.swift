import Testing

@testable import GatewayServer

@Suite("The framing meter")
struct FramingMeterTests {
    static let head = "POST / HTTP/1.1\r\nHost: a\r\n"

    /// Feeds `text` in pieces of `size` and says how it ended: `complete N` after N bytes, `open`, or the violation.
    func run(_ text: String, body: BodyFraming, pieces size: Int = .max, limits: GatewayLimits = GatewayLimits())
        -> String
    {
        var meter = FramingMeter(limits: limits)
        let bytes = Array(text.unicodeScalars.map { UInt8(truncatingIfNeeded: $0.value) })
        var index = 0
        var pieceEnd = 0
        do throws(FramingMeter.Violation) {
            while index < bytes.count {
                if index == pieceEnd { pieceEnd = min(bytes.count, size == .max ? bytes.count : index + size) }
                var outcome: Result<FramingMeter.Step, FramingMeter.Violation> = .success(.checked(0))
                bytes[index..<pieceEnd].withUnsafeBytes { piece in
                    do throws(FramingMeter.Violation) {
                        outcome = .success(try meter.scan(piece))
                    } catch { outcome = .failure(error) }
                }
                switch try outcome.get() {
                case .checked(let count): index += count
                case .headComplete(let count):
                    index += count
                    if meter.begin(body: body) { return "complete \(index)" }
                case .requestComplete(let count): return "complete \(index + count)"
                }
            }
            return "open"
        } catch { return "\(error)" }
    }

    @Test("finds the end of a request however the bytes arrive", arguments: [1, 2, 3, 7, Int.max])
    func ends(pieces: Int) {
        let simple = "GET / HTTP/1.1\r\nHost: a\r\n\r\n"
        #expect(run(simple + "GET", body: .none, pieces: pieces) == "complete \(simple.utf8.count)")
        let fixed = Self.head + "\r\nabc"
        #expect(run(fixed + "GET", body: .length(3), pieces: pieces) == "complete \(fixed.utf8.count)")
        let chunked = Self.head + "\r\n3\r\nabc\r\nA;x=y\r\n0123456789\r\n0\r\nX-T: 1\r\n\r\n"
        #expect(run(chunked + "GET", body: .chunked, pieces: pieces) == "complete \(chunked.utf8.count)")
        #expect(run(Self.head + "\r\nab", body: .length(3), pieces: pieces) == "open")
        #expect(run(Self.head, body: .none, pieces: pieces) == "open")
    }

    @Test(
        "refuses heads that parsers read differently",
        arguments: [
            ("GET / HTTP/1.1\nHost: a\r\n\r\n", "lineEnding"), ("GET / HTTP/1.1\r\nHost: a\n\r\n", "lineEnding"),
            ("GET / HTTP/1.1\r\nX: a\rTransfer-Encoding: chunked\r\n\r\n", "lineEnding"),
            ("GET / HTTP/1.1\r\nX: 1\r\n Transfer-Encoding: chunked\r\n\r\n", "foldedLine"),
            ("GET / HTTP/1.1\r\nX: 1\r\n\tfolded\r\n\r\n", "foldedLine"), ("\r\nGET / HTTP/1.1\r\n\r\n", "emptyLine"),
            ("GET /\u{0} HTTP/1.1\r\n\r\n", "controlByte"), ("GET / HTTP/1.1\r\nX: \u{1b}[2J\r\n\r\n", "controlByte"),
            ("GET / HTTP/1.1\r\nX: a\u{7f}\r\n\r\n", "controlByte"),
            ("GET / HTTP/1.1\r\nHost: a\r\n\r\r\n", "lineEnding"),
            ("GET  / HTTP/1.1\r\nHost: a\r\n\r\n", "requestLine"), ("GET /a b HTTP/1.1\r\n\r\n", "requestLine"),
            ("GET /\r\n\r\n", "requestLine"), (" GET / HTTP/1.1\r\n\r\n", "foldedLine"),
        ])
    func heads(text: String, violation: String) {
        for pieces in [1, Int.max] { #expect(run(text, body: .none, pieces: pieces) == violation) }
    }

    @Test(
        "refuses loose chunk framing",
        arguments: [
            ("0x3\r\nabc\r\n0\r\n\r\n", "chunkSize"), ("3 \r\nabc\r\n0\r\n\r\n", "chunkSize"),
            (" 3\r\nabc\r\n0\r\n\r\n", "chunkSize"), ("\r\n", "chunkSize"), (";x\r\n", "chunkSize"),
            ("-3\r\n", "chunkSize"), ("FFFFFFFFFFFFFFFF\r\nabc", "chunkSize"), ("3\nabc\n0\n\n", "chunkSize"),
            ("3\r\nabcd\r\n", "lineEnding"), ("3\r\nabc\n0\r\n\r\n", "lineEnding"), ("2;\nxx\r\n", "chunkExtension"),
            ("3\rabc", "lineEnding"), ("0\r\n X: y\r\n\r\n", "foldedLine"), ("0\r\nX: \u{0}\r\n\r\n", "controlByte"),
            ("0\r\nX: y\n\r\n", "controlByte"),
        ])
    func chunks(text: String, violation: String) {
        for pieces in [1, Int.max] {
            #expect(run(Self.head + "\r\n" + text, body: .chunked, pieces: pieces) == violation)
        }
    }

    @Test("bounds everything that could be endless")
    func bounds() {
        let long = String(repeating: "a", count: 20_000)
        #expect(run("GET /\(long)", body: .none) == "targetTooLong")
        #expect(run("GET /\(long.prefix(9000)) HTTP/1.1\r\n", body: .none) == "targetTooLong")
        #expect(run("GET / HTTP/1.1\r\nX: \(long.prefix(9000))\r\n", body: .none) == "fieldTooLarge")
        #expect(run("GET / HTTP/1.1\r\nX: \(long)", body: .none, pieces: 1000) == "headTooLarge")
        let fields = (0..<101).map { "X-\($0): v\r\n" }.joined()
        #expect(run("GET / HTTP/1.1\r\n\(fields)\r\n", body: .none) == "tooManyFields")
        let sized = (0..<3).map { "X-\($0): \(long.prefix(6000))\r\n" }.joined()
        #expect(run("GET / HTTP/1.1\r\n\(sized)\r\n", body: .none) == "headTooLarge")
        #expect(run(Self.head + "\r\n3;\(long)", body: .chunked) == "chunkExtension")
        let small = String(repeating: "1;\(long.prefix(200))\r\na\r\n", count: 100)
        #expect(run(Self.head + "\r\n" + small, body: .chunked) == "chunkExtension")
        #expect(run(Self.head + "\r\n0\r\nX: \(long)", body: .chunked) == "trailer")
    }
}
