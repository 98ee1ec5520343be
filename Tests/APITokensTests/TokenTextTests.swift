import APITokens
import Testing

@Suite struct TokenTextTests {
    @Test("A token has the prefix that scanners look for, 256 random bits, and a hash of its own") func random() {
        let (first, hash) = TokenText.random(), second = TokenText.random()
        #expect(first.hasPrefix("calyx_"))
        #expect(first.utf8.count == 49)
        #expect(first != second.text)
        #expect(hash.count == 32)
        #expect(TokenText.hash(of: first) == hash)
    }

    @Test(
        "What has not exactly the form of a token has no hash",
        arguments: [
            "", "calyx_", "calyx_" + String(repeating: "A", count: 42), "calyx_" + String(repeating: "A", count: 44),
            "Calyx_" + String(repeating: "A", count: 43), "calyx_" + String(repeating: "=", count: 43),
        ])
    func malformed(text: String) { #expect(TokenText.hash(of: text) == nil) }
}
