import Foundation
import SignIn
import Testing

@Suite("Basic credentials")
struct BasicCredentialsTests {
    private static func base64(_ text: String) -> String { Data(text.utf8).base64EncodedString() }

    @Test(
        "Name and password come out, the first colon parts them",
        arguments: [
            ("ann:secret", "ann", "secret"), ("ann:pa:ss:word", "ann", "pa:ss:word"), ("ann:", "ann", ""),
            ("\u{e4}nn:p\u{e4}ss\u{20ac}", "\u{e4}nn", "p\u{e4}ss\u{20ac}"), ("a b: c ", "a b", " c "),
        ])
    func wellFormed(text: String, user: String, password: String) throws {
        for scheme in ["Basic ", "basic ", "BASIC ", "Basic   "] {
            let credentials = try #require(BasicCredentials(authorization: scheme + Self.base64(text)))
            #expect(credentials.user == Array(user.utf8))
            #expect(credentials.password == Array(password.utf8))
        }
    }

    @Test(
        "What is not well-formed is nothing",
        arguments: [
            "", "Basic", "Basic ", "Basic !!!!", "Basic \(base64("ann"))", "Basic \(base64(":secret"))",
            "Basic \(base64("ann:secret")) ", "Basic \(base64("ann:secret"))=", "Basic YW5uOng", "Basic YW5uOng==",
            "Basic YW5uOng=\n", "Basic YW5 uOng=", "Basic \t\(base64("ann:secret"))", "Basicx \(base64("ann:s"))",
            "Basic\(base64("ann:secret"))", "Bearer \(base64("ann:secret"))", "Basic YW5uOnh=", "Basic ====",
            "Basic YW5u-ng_", "Basic \(base64("ann:a\u{0}b"))", "Basic \(base64("a\nn:b"))",
            "Basic \(base64("ann:\u{7f}"))",
            "Basic YWRtaW46//4=", "Basic \(base64("ann:" + String(repeating: "a", count: 1021)))",
            "Basic " + String(repeating: "A", count: 1_000_000),
        ])
    func malformed(authorization: String) {
        #expect(BasicCredentials(authorization: authorization) == nil)
    }

    @Test("Differently composed letters are different names")
    func canonicalTwins() throws {
        let composed = try #require(BasicCredentials(user: "\u{e9}", password: "x"))
        let decomposed = try #require(BasicCredentials(user: "e\u{301}", password: "x"))
        #expect(composed != decomposed)
    }

    @Test("One kilobyte is the most", arguments: [(1020, true), (1021, false)])
    func length(count: Int, isAccepted: Bool) {
        let text = "ann:" + String(repeating: "a", count: count - 1)
        #expect((BasicCredentials(authorization: "Basic " + Self.base64(text + "a")) != nil) == isAccepted)
    }
}
