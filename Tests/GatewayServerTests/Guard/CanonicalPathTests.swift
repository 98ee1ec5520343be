import Testing

@testable import GatewayServer

@Suite("The canonical path")
struct CanonicalPathTests {
    @Test(
        "keeps canonical paths as they are",
        arguments: [
            "/", "/api/workers", "/api/workers/", "/worker/celery@host", "/task/6b1f-2_a.~", "/a;b=1/c", "/%C3%A9",
            "/%252e%252e/x", "/%20", "/a:b/(c)!$&'*+,=", "/..x", "/x..", "/.x", "/%F0%9F%8C%B8", "/...",
        ])
    func canonical(path: String) throws {
        #expect(try CanonicalPath(path[...]).value == path)
    }

    @Test(
        "decodes unreserved characters and writes other escapes in upper case",
        arguments: [
            ("/%61pi/%77orkers", "/api/workers"), ("/%7e", "/~"), ("/%c3%a9", "/%C3%A9"), ("/a%2db%5Fc", "/a-b_c"),
            ("/w/celery%40host", "/w/celery%40host"), ("/%3a", "/%3A"),
        ])
    func decoded(path: String, canonical: String) throws {
        #expect(try CanonicalPath(path[...]).value == canonical)
        #expect(try CanonicalPath(canonical[...]).value == canonical)
    }

    @Test(
        "refuses what two programs could read differently",
        arguments: [
            ("", CanonicalPath.Fault.notOriginForm), ("*", .notOriginForm), ("api", .notOriginForm),
            ("http://host/x", .notOriginForm),
            ("/a%2fb", .encodedSlash), ("/flower%2F..%2f/api", .encodedSlash), ("/%2f%2fevil.example", .encodedSlash),
            ("/..%5c..%5c", .encodedBackslash), ("/healthcheck%00/api", .controlByte), ("/%0d%0aevent=x", .controlByte),
            ("/%1b", .controlByte), ("/%7f", .controlByte), ("/a\tb", .controlByte), ("/a\u{0}b", .controlByte),
            ("/a\\b", .forbiddenByte), ("/a b", .forbiddenByte), ("/a\"b", .forbiddenByte), ("/é", .forbiddenByte),
            ("/a|b", .forbiddenByte), ("/<script>", .forbiddenByte),
            ("/healthcheck#/api/workers", .fragment),
            ("/..", .dotSegment), ("/.", .dotSegment), ("/healthcheck/../api", .dotSegment), ("/./api", .dotSegment),
            ("/%2e%2e/api", .dotSegment), ("/%2E/api", .dotSegment), ("/.%2e/api", .dotSegment),
            ("/..;/api", .dotSegment), ("/..;a=b/api", .dotSegment), ("/.;x", .dotSegment), ("/..%3b/x", .dotSegment),
            ("/a/../../../etc/passwd", .dotSegment), ("/api/..", .dotSegment),
            ("//", .emptySegment), ("//api", .emptySegment), ("/api//workers", .emptySegment),
            ("/api//", .emptySegment),
            ("/%zz", .malformedEscape), ("/%", .malformedEscape), ("/%4", .malformedEscape), ("/%4g", .malformedEscape),
            ("/%u002e", .malformedEscape),
            ("/..%c0%af..%c0%af", .invalidUTF8), ("/%ff%fe", .invalidUTF8), ("/%c3", .invalidUTF8),
            ("/%c3/x", .invalidUTF8), ("/%c3%41", .invalidUTF8), ("/%ed%a0%80", .invalidUTF8),
            ("/%f4%90%80%80", .invalidUTF8), ("/%e0%80%af", .invalidUTF8), ("/%80", .invalidUTF8),
        ])
    func refused(path: String, fault: CanonicalPath.Fault) {
        #expect(throws: fault) { try CanonicalPath(path[...]) }
    }

    @Test("of any bytes is refused or stays itself when made canonical again")
    func idempotent() {
        var generator = SeededGenerator(seed: 7)
        let alphabet = Array("/.%2eE5cCfF0a1~;:@-_ab\\#?é".unicodeScalars)
        var accepted = 0
        for _ in 0..<50_000 {
            var path = "/"
            for _ in 0..<Int.random(in: 0..<9, using: &generator) {
                path.unicodeScalars.append(alphabet[Int.random(in: 0..<alphabet.count, using: &generator)])
            }
            guard let canonical = try? CanonicalPath(path[...]) else { continue }
            accepted += 1
            #expect((try? CanonicalPath(canonical.value[...]))?.value == canonical.value)
            let segments = canonical.value.split(separator: "/", omittingEmptySubsequences: false).dropFirst()
            #expect(!segments.dropLast().contains(""))
            #expect(!segments.contains(".") && !segments.contains(".."))
        }
        #expect(accepted > 1_000)
    }
}
