import Testing

@testable import calyx

@Suite struct LogTextTests {
    @Test(
        "A log value forges neither a line nor a field",
        arguments: [
            ("plain", "plain", "\"plain\""), ("a b", "\"a b\"", "\"a b\""), ("", "\"\"", "\"\""),
            ("a\nERROR b", "\"a\\nERROR b\"", "\"a\\nERROR b\""), ("a=b", "\"a=b\"", "\"a=b\""),
            ("say \"x\"", "\"say \\\"x\\\"\"", "\"say \\\"x\\\"\""), ("\u{1B}[31m", "\\u001b[31m", "\"\\u001b[31m\""),
            ("é\u{2028}", "é\\u2028", "\"é\\u2028\""),
        ])
    func values(text: String, quoted: String, json: String) {
        #expect(LogText.quoted(text) == quoted)
        #expect(LogText.json(text) == json)
    }
}
