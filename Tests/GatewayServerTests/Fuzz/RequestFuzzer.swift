import Foundation

/// Requests as bytes, damaged in the ways in which HTTP programs are known to disagree. The same in every run of a seed.
struct RequestFuzzer {
    private var random: SeededGenerator
    private let seeds: [[UInt8]]

    init(seed: UInt64) throws {
        random = SeededGenerator(seed: seed)
        seeds = try Self.corpus() + Self.sound.map { Array($0.utf8) }
    }

    /// What one connection sends.
    mutating func next() -> [UInt8] {
        var bytes = seeds[pick(seeds.count)]
        for _ in 0..<pick(5) { damage(&bytes) }
        // A request behind another one.
        if pick(8) == 0 { bytes += seeds[pick(seeds.count)] }
        return bytes
    }

    mutating func pick(_ count: Int) -> Int { Int(random.next(upperBound: UInt64(count))) }

    private mutating func damage(_ bytes: inout [UInt8]) {
        guard !bytes.isEmpty else { return }
        // Half of the damage hits the first line, where the path is.
        let line = bytes.firstIndex(of: 0x0d) ?? bytes.count
        let place = pick(2) == 0 && line > 0 ? pick(line) : pick(bytes.count)
        switch pick(9) {
        case 0: bytes[place] = UInt8(truncatingIfNeeded: random.next())
        case 1: bytes[place] ^= 1 << UInt8(pick(8))
        case 2: bytes.remove(at: place)
        case 3: bytes.insert(UInt8(truncatingIfNeeded: random.next()), at: place)
        case 4, 5: bytes.insert(contentsOf: Self.tokens[pick(Self.tokens.count)], at: place)
        case 6:
            let token = Self.tokens[pick(Self.tokens.count)]
            bytes.replaceSubrange(place..<min(place + token.count, bytes.count), with: token)
        case 7:
            // A piece once more, somewhere else.
            let end = min(place + 1 + pick(24), bytes.count)
            bytes.insert(contentsOf: bytes[place..<end], at: pick(bytes.count))
        default:
            // Percent-encoding of whatever stands there.
            bytes.replaceSubrange(place...place, with: Array(String(format: "%%%02x", bytes[place]).utf8))
        }
    }

    private static let tokens: [[UInt8]] =
        [
            "\r", "\n", "\r\n", "\r\n ", "\r\n\t", "\0", "\t", " ", "  ", ":", ";", ",", "#", "?", "\\", "/", "//",
            "/./", "/../",
            "..;/", ".;x/", "%2e", "%2E%2e/", "%2f", "%5C", "%00", "%0a", "%7f", "%", "%g0", "%c0%af", "%c3%a9",
            "%ed%a0%80",
            "%F4%8f%bf%bf", "%3b", "%25", "%7E", "\u{e9}", "_", "0", "1", "0x", "+", "-", "00", "\r\n0\r\n\r\n",
            "5;a=b\r\n",
            "Host: b\r\n", "Host: [::1]:80\r\n", "Content-Length: 3\r\n", "content-length:0\r\n",
            "Transfer-Encoding: chunked\r\n", "Transfer-Encoding: identity\r\n", "X_Y: 1\r\n", "Upgrade: h2c\r\n",
            "Connection: close\r\n", "Expect: 100-continue\r\n", "Early-Data: 1\r\n", "Accept: \u{fc}\r\n",
            "Cookie: a=b\r\n",
            "User-Agent:\r\n", "HTTP/1.0", "HTTP/0.9", "HTTP/1.1", "HTTP/2.0", "OPTIONS * ", "GET http://a/ ",
            "PRI * HTTP/2.0",
        ].map { Array($0.utf8) } + [[0xff], [0x80], [0xc3], [0x85], [0xa0]]

    private static let sound = [
        "GET /api/workers HTTP/1.1\r\nHost: a\r\n\r\n",
        "GET /task/a%20b/~c;d=1/?x=1&y=%2f HTTP/1.1\r\nHost: a.example:8080\r\nAccept: text/html, */*\r\n\r\n",
        "HEAD /flower/ HTTP/1.1\r\nHost: [2001:db8::1]:443\r\nRange: bytes=0-9\r\nIf-None-Match: \"x\"\r\n\r\n",
        "POST /api/task/apply/t HTTP/1.1\r\nHost: a\r\nContent-Type: application/json\r\nContent-Length: 11\r\n\r\n{\"args\":[]}",
        "PUT /a HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nhello\r\n6;x=y\r\n world\r\n0\r\n\r\n",
        "DELETE /a HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n00A\r\n0123456789\r\n0\r\nX-T: 1\r\n\r\n",
        "GET /a HTTP/1.0\r\nHost: a\r\nConnection: keep-alive\r\nUser-Agent: \u{e9}\u{fc}\r\n\r\n",
        "PATCH /%E2%82%AC/%41%2d HTTP/1.1\r\nHOST:a\r\ncookie:a=b; c=d\r\nLast-Event-ID:  7 \r\nContent-Length: 0\r\n\r\n",
    ]

    /// The messages of the attack corpus, with texts of about the right kind for their placeholders.
    private static func corpus() throws -> [[UInt8]] {
        let tests = URL(fileURLWithPath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
        let file = tests.deletingLastPathComponent().appendingPathComponent("EndToEnd/attacks/corpus.json")
        let document = try JSONDecoder().decode(Corpus.self, from: Data(contentsOf: file))
        return document.attacks.flatMap { $0.raw?.messages ?? [] }.map { message in
            expand(message).unicodeScalars.map { UInt8(truncatingIfNeeded: $0.value) }
        }
    }

    private static func expand(_ message: String) -> String {
        var text = message
        while let match = text.firstMatch(of: /\{([A-Z][A-Z_0-9]*)(?::([^{}]*))?\}/) {
            let argument = match.2.map(String.init) ?? ""
            let value =
                switch match.1 {
                case "REPEAT", "B64REPEAT":
                    // Long enough for every budget, short enough for speed.
                    String(
                        repeating: String(argument.prefix { $0 != ":" }),
                        count: min(argument.split(separator: ":").last.flatMap { Int($0) } ?? 1, 20_000))
                case "B64": Data(argument.utf8).base64EncodedString()
                case "PREFIX": "/flower"
                case "LOCATION": "/api/workers"
                case "CL": String(text.components(separatedBy: "\r\n\r\n").dropFirst().joined().unicodeScalars.count)
                case "HOST", "HOSTNAME": "calyx.example"
                case "PUBLIC", "LOGIN", "LOGOUT", "START", "CALLBACK", "CALLBACK_B", "CALLBACK_GOOGLE", "EVENTS", "WS":
                    "/flower/\(match.1.lowercased())"
                default: "\(match.1.lowercased())=value"
                }
            text.replaceSubrange(match.range, with: value)
        }
        return text
    }

    private struct Corpus: Decodable {
        struct Attack: Decodable { let raw: Messages? }
        let attacks: [Attack]
    }

    /// One text, or several on one connection.
    private struct Messages: Decodable {
        let messages: [String]

        init(from decoder: any Decoder) throws {
            let container = try decoder.singleValueContainer()
            if let one = try? container.decode(String.self) {
                messages = [one]
            } else {
                messages = (try? container.decode([String].self)) ?? []
            }
        }
    }
}

extension SeededGenerator {
    mutating func next(upperBound: UInt64) -> UInt64 { next() % upperBound }
}
