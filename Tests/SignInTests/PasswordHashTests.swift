import Testing

@testable import SignIn

@Suite("Password hashes")
struct PasswordHashTests {
    /// Made by htpasswd, mkpasswd and Python's crypt for the password `secret`.
    static let ofSecret = [
        "$2a$04$abcdefghijklmnopqrstuu2r9OfJnfCsdneAXAGHnS4UpFFP8WIrW",
        "$2b$10$9zAklM8jx6cSJqbsmaY0DuZJDAn4YRUKLnhLhb3NKBfzVtMmLayRe",
        "$2y$10$rtj/OA2YzVfe.xl0suObPusK2F2/FJFj8yzX/9GaAwx6diHg6jJ0u",
        "$y$j9T$bEbzxRJ3TPbFt6d8c.gUi1$TEzDMjoYiRCfOZoXOsb815BQxkppQXVRA5byYJmoaN9",
        "$7$CU..../....pd7SPTvTqdG6F3QsDZG6m.$iUPlFQCuHqQ6IN2ydrd.g/ulXXaS0TpC449196EtLh5",
        "$6$kousM2K1oOu7/ASJ$g.ipo5R8HlVgwsfnYawLfjpd.2aRrwbtb/FQrbV5DNrTazaqBDp9FzfnhbDMiUPdSr88GfvNFUEpipqlhVBFO/",
    ]

    @Test("Each accepted kind knows its password and no other", arguments: ofSecret)
    func matches(hash: String) throws {
        let parsed = try PasswordHash(parsing: hash)
        #expect(parsed.matches(Array("secret".utf8)))
        for other in ["", "Secret", "secret ", "secre", "secret\u{0}", "secret\u{0}x"] {
            #expect(!parsed.matches(Array(other.utf8)))
        }
    }

    @Test("A new hash is yescrypt, salted anew each time")
    func make() throws {
        let password = Array("k7fq-2mxd \u{e4}".utf8)
        let (first, second) = try (#require(PasswordHash.make(of: password)), #require(PasswordHash.make(of: password)))
        #expect(first.format == .yescrypt)
        #expect(first.encoded != second.encoded)
        #expect(first.matches(password))
        #expect(second.matches(password))
        #expect(!first.matches(Array("k7fq-2mxd a".utf8)))
    }

    @Test("bcrypt refuses what it would cut: nothing beyond 72 bytes matches")
    func bcryptLength() throws {
        // Of 72 times `a`.
        let hash = try PasswordHash(parsing: "$2b$04$abcdefghijklmnopqrstuuBzzIgyKkz7xMWYSzkIjUSnxEQFQ0WNe")
        let long = [UInt8](repeating: 0x61, count: 72)
        #expect(hash.matches(long))
        #expect(!hash.matches(long + [0x61]))
        #expect(!hash.matches(long + Array("WRONGTAIL".utf8)))
    }

    @Test(
        "Weak, foreign and damaged hashes are refused with their reason",
        arguments: [
            ("", "missing"), ("secret", "clear text"), ("{SHA}5en6G6MezRroT3XKqkdPOmY/BfQ=", "SHA-1"),
            ("{SSHA}abc", "SHA-1"), ("$apr1$x$y", "MD5"), ("$1$x$y", "MD5"), ("rl.3StKT.4T8M", "DES"),
            ("$5$salt$hash", "sha256crypt"), ("$2x$05$abcdefghijklmnopqrstuu", "$2x$"),
            ("$argon2id$v=19$x", "not supported"),
            ("*0", "clear text"), ("$2b$10$short", "60 characters"),
            ("$2b$31$" + String(repeating: "a", count: 53), "cost 31"),
            ("$2b$1x$" + String(repeating: "a", count: 53), "60 characters"),
            ("$y$jFT$salt$" + String(repeating: "a", count: 43), "256 MiB"),
            ("$y$j9T$salt$short", "yescrypt"), ("$y$", "yescrypt"),
            ("$7$zU..../....salt$" + String(repeating: "a", count: 43), "256 MiB"),
            ("$6$rounds=99999999$salt$" + String(repeating: "a", count: 86), "rounds"),
            ("$6$salt$short", "sha512crypt"),
        ])
    func refused(hash: String, reason: String) {
        let error = #expect(throws: PasswordHashRefusal.self) { try PasswordHash(parsing: hash) }
        #expect(error?.description.contains(reason) == true, "\(error?.description ?? "")")
    }

    @Test("Generated passwords have five groups of four and are all different")
    func generated() {
        let passwords = Set((0..<100).map { _ in GeneratedPassword.make() })
        #expect(passwords.count == 100)
        for password in passwords {
            #expect(password.split(separator: "-").map(\.count) == [4, 4, 4, 4, 4])
            #expect(password.utf8.allSatisfy { "0123456789abcdefghjkmnpqrstvwxyz-".utf8.contains($0) })
        }
    }
}
