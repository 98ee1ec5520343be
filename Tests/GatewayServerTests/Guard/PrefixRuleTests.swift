import Testing

@testable import GatewayServer

@Suite("The prefix")
struct PrefixRuleTests {
    struct Case: Sendable {
        let mode: PrefixMode
        let path: String
        let isLocalOrTrusted: Bool
        let match: PrefixRule.Match

        init(_ mode: PrefixMode, _ path: String, trusted: Bool, _ match: PrefixRule.Match) {
            self.mode = mode
            self.path = path
            isLocalOrTrusted = trusted
            self.match = match
        }
    }

    @Test(
        "is matched at a segment boundary, as its mode says",
        arguments: [
            Case(.kept, "/flower/api/workers", trusted: false, .inside("/api/workers")),
            Case(.kept, "/flower/", trusted: false, .inside("/")),
            Case(.kept, "/flower", trusted: false, .prefixItself),
            Case(.kept, "/flowers", trusted: false, .outside),
            Case(.kept, "/flowerpot/x", trusted: true, .outside),
            Case(.kept, "/FLOWER/api", trusted: true, .outside),
            Case(.kept, "/api/workers", trusted: true, .outside),
            Case(.kept, "/", trusted: true, .outside),
            Case(.auto, "/flower/api", trusted: false, .inside("/api")),
            Case(.auto, "/api", trusted: false, .outside),
            Case(.auto, "/api", trusted: true, .inside("/api")),
            Case(.auto, "/flower", trusted: false, .prefixItself),
            Case(.stripped, "/api", trusted: false, .inside("/api")),
            Case(.stripped, "/flower/api", trusted: false, .inside("/flower/api")),
        ])
    func match(test: Case) throws {
        let rule = PrefixRule(prefix: try #require(PathPrefix("/flower")), mode: test.mode)
        let path = try CanonicalPath(test.path[...])
        #expect(rule.match(path, isLocalOrTrusted: test.isLocalOrTrusted) == test.match)
    }

    @Test("may be written with or without slashes around it", arguments: ["flower", "/flower", "flower/", "/flower/"])
    func written(text: String) throws {
        #expect(try #require(PathPrefix(text)).value == "/flower")
    }

    @Test(
        "is refused when it is no plain path", arguments: ["/a/../b", "/a//b", "/a b", "/a?b", "/a%2fb", "/é", "/a;b"])
    func refused(text: String) { #expect(PathPrefix(text) == nil) }

    @Test("may be empty", arguments: ["", "/"])
    func empty(text: String) throws { #expect(try #require(PathPrefix(text)) == .none) }
}
