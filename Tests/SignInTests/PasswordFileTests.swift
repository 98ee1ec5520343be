import Testing

@testable import SignIn

@Suite("Password files")
struct PasswordFileTests {
    private static let hash = PasswordHashTests.ofSecret[0]
    private static let other = PasswordHashTests.ofSecret[2]

    @Test("Users, comments, blank lines, line ends of Windows and trailing fields are read")
    func wellFormed() throws {
        let text =
            "# users\n\nann:\(Self.hash)\r\n  \nb\u{f6}b:\(Self.other):B\u{f6}b of accounting\nlast one:\(Self.hash)"
        let file = try PasswordFile(Array(text.utf8), path: "f")
        #expect(file.entries.map(\.name) == ["ann", "b\u{f6}b", "last one"])
        #expect(try PasswordFile([], path: "f").entries.isEmpty)
    }

    @Test("Every mistake is told with line and user, never the hash, and nothing is taken")
    func mistakes() {
        let text = """
            ann:\(Self.hash)
            bob:{SHA}5en6G6MezRroT3XKqkdPOmY/BfQ=
            carl:hunter2
            no colon
            :\(Self.hash)
            ann:\(Self.hash)
            dora:$apr1$x$y
            """
        let error = #expect(throws: PasswordFileError.self) { try PasswordFile(Array(text.utf8), path: "/etc/users") }
        #expect(error?.problems.map(\.line) == [2, 3, 4, 5, 6, 7])
        #expect(error?.problems.map(\.user) == ["bob", "carl", nil, nil, "ann", "dora"])
        let description = error?.description ?? ""
        #expect(
            description.contains(
                "/etc/users: line 2: user bob: SHA-1 does not protect a password. Make a new entry with `calyx password bob`"
            ))
        #expect(!description.contains("hunter2"))
        #expect(!description.contains("5en6G6"))
    }

    @Test("Names that are not UTF-8 or have control bytes are refused")
    func names() {
        for name in [[0xFF], Array("a\u{7}".utf8), [UInt8](repeating: 0x61, count: 256)] as [[UInt8]] {
            #expect(throws: PasswordFileError.self) {
                try PasswordFile(name + Array(":\(Self.hash)".utf8), path: "f")
            }
        }
    }

    @Test("Differently composed names are two users")
    func canonicalTwins() throws {
        let text = "\u{e9}:\(Self.hash)\ne\u{301}:\(Self.other)"
        #expect(try PasswordFile(Array(text.utf8), path: "f").entries.count == 2)
    }

    @Test("A line that is made for a file is read again, with its password")
    func madeLine() throws {
        let line = try #require(PasswordEntry.line(name: "b\u{f6}b", password: "s\u{e9}cret: 1"))
        let entry = try #require(try PasswordFile(Array(line.utf8), path: "f").entries.first)
        #expect(entry.name == "b\u{f6}b")
        #expect(entry.hash.matches(Array("s\u{e9}cret: 1".utf8)))
        for name in ["", "a:b", "#ann", "a\nb", String(repeating: "a", count: 256)] {
            #expect(PasswordEntry.line(name: name, password: "secret") == nil)
        }
        for password in ["", "a\u{0}b", String(repeating: "a", count: 512)] {
            #expect(PasswordEntry.line(name: "ann", password: password) == nil)
        }
    }
}
