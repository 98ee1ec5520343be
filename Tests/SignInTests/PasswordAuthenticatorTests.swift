import Foundation
import Identity
import Logging
import SignIn
import Synchronization
import Testing

@Suite("Sign-in by password")
struct PasswordAuthenticatorTests {
    private let directory: TemporaryDirectory
    private let clock = TestClock()
    private var file: String { "\(directory.path)/users" }

    init() throws { directory = try TemporaryDirectory() }

    private func authenticator(
        _ clearText: [(name: String, password: String)] = [("ann", "secret")], file: String? = nil,
        firstUserFile: String? = nil, limits: PasswordLimits = PasswordLimits()
    ) throws -> PasswordAuthenticator {
        try PasswordAuthenticator(
            clearTextUsers: clearText, file: file, firstUserFile: firstUserFile, limits: limits, logger: quietLogger,
            now: clock.read)
    }

    private func header(_ user: String, _ password: String) -> String {
        "Basic \(Data("\(user):\(password)".utf8).base64EncodedString())"
    }

    private func write(_ lines: String...) throws {
        try Data(lines.map { "\($0)\n" }.joined().utf8).write(to: URL(fileURLWithPath: file), options: .atomic)
    }

    private let annsPrincipal = Principal(provider: "basic", subject: "ann", name: "ann", role: .admin)

    @Test("Users of --basic_auth are admins; wrong name or password is rejected")
    func clearText() async throws {
        let passwords = try authenticator([("ann", "secret"), ("bob", "pa:ss")])
        #expect(passwords.hasUsers)
        #expect(
            await passwords.verify(user: "ann", password: "secret", address: "192.0.2.1") == .accepted(annsPrincipal))
        #expect(
            await passwords.verify(authorization: header("bob", "pa:ss"), address: "192.0.2.1")
                == .accepted(Principal(provider: "basic", subject: "bob", name: "bob", role: .admin)))
        for (user, password) in [
            ("ann", "Secret"), ("Ann", "secret"), ("eve", "secret"), ("ann", ""), ("bob", "secret"),
        ] {
            #expect(await passwords.verify(user: user, password: password, address: "192.0.2.1") == .rejected)
        }
        #expect(await passwords.verify(authorization: "Basic !!!", address: "192.0.2.1") == .rejected)
        #expect(await passwords.verify(user: "", password: "secret", address: "192.0.2.1") == .rejected)
    }

    @Test("Without users nobody gets in")
    func nobody() async throws {
        let passwords = try authenticator([])
        #expect(!passwords.hasUsers)
        #expect(await passwords.verify(user: "ann", password: "secret", address: "192.0.2.1") == .rejected)
    }

    @Test("A clear-text user that cannot work is refused at start", arguments: [("", "x"), ("ann", ""), ("a:b", "x")])
    func badClearText(name: String, password: String) {
        #expect(throws: PasswordSourceError.self) { try authenticator([(name, password)]) }
    }

    @Test("Verified credentials are known for a minute without hashing, and only the same ones")
    func cache() async throws {
        let passwords = try authenticator()
        #expect(passwords.cached(authorization: header("ann", "secret")) == nil)
        _ = await passwords.verify(authorization: header("ann", "secret"), address: "192.0.2.1")
        #expect(passwords.cached(authorization: header("ann", "secret")) == annsPrincipal)
        #expect(passwords.cached(authorization: header("ann", "secreu")) == nil)
        #expect(passwords.cached(authorization: "Basic") == nil)
        clock.advance(60)
        #expect(passwords.cached(authorization: header("ann", "secret")) == nil)
    }

    @Test("While somebody guesses, what was verified answers only after a look at the address")
    func cacheUnderAttack() async throws {
        let passwords = try authenticator()
        _ = await passwords.verify(authorization: header("ann", "secret"), address: "192.0.2.1")
        for number in 0..<5 {
            #expect(
                await passwords.verify(user: "ann", password: "guess\(number)", address: "198.51.100.1") == .rejected)
        }
        #expect(passwords.cached(authorization: header("ann", "secret")) == nil)
        #expect(
            await passwords.verify(user: "ann", password: "secret", address: "198.51.100.1")
                == .throttled(retryAfter: 1))
        #expect(
            await passwords.verify(authorization: header("ann", "secret"), address: "192.0.2.1")
                == .accepted(annsPrincipal))
    }

    @Test("Guessing at an address waits longer and longer; another address and user are not affected")
    func throttle() async throws {
        let passwords = try authenticator([("ann", "secret"), ("bob", "other")])
        var decisions: [PasswordDecision] = []
        for _ in 0..<6 {
            decisions.append(await passwords.verify(user: "ann", password: "wrong", address: "2001:db8::1"))
        }
        #expect(decisions == Array(repeating: .rejected, count: 5) + [.throttled(retryAfter: 1)])
        #expect(
            await passwords.verify(user: "ann", password: "secret", address: "2001:db8::2") == .throttled(retryAfter: 1)
        )
        #expect(
            await passwords.verify(user: "ann", password: "secret", address: "2001:db8:0:1::1")
                == .accepted(annsPrincipal))
        clock.advance(1)
        #expect(
            await passwords.verify(user: "ann", password: "secret", address: "2001:db8::1") == .accepted(annsPrincipal))
    }

    @Test("More attempts at once than may wait: some are told to come back, none is let in or lost")
    func overflow() async throws {
        var limits = PasswordLimits()
        limits.threads = 1
        limits.queueLimit = 3
        let passwords = try authenticator(limits: limits)
        let decisions = await withTaskGroup(of: PasswordDecision.self) { group in
            for number in 0..<40 {
                group.addTask {
                    await passwords.verify(user: "u\(number)", password: "x", address: "192.0.2.\(number)")
                }
            }
            return await group.reduce(into: []) { $0.append($1) }
        }
        #expect(decisions.count == 40)
        #expect(decisions.allSatisfy { $0 == .rejected || $0 == .unavailable })
        #expect(decisions.contains(.unavailable))
        #expect(decisions.contains(.rejected))
        #expect(
            await passwords.verify(user: "ann", password: "secret", address: "192.0.2.200") == .accepted(annsPrincipal))
    }

    @Test("Users of the file are operators, with every kind of hash")
    func operators() async throws {
        try write(
            "a:\(hashes[0])", "b:\(hashes[1])", "c:\(hashes[2])", "d:\(hashes[3])", "e:\(hashes[4])", "f:\(hashes[5])")
        let passwords = try authenticator([], file: file)
        for name in ["a", "b", "c", "d", "e", "f"] {
            let principal = Principal(provider: "basic", subject: name, name: name, role: .operator)
            #expect(
                await passwords.verify(user: name, password: "secret", address: "192.0.2.1") == .accepted(principal))
            #expect(await passwords.verify(user: name, password: "wrong", address: "192.0.2.2") == .rejected)
        }
    }

    @Test("A bad or missing file is refused at start")
    func badFile() throws {
        try write("ann:secret")
        #expect(throws: PasswordFileError.self) { try authenticator([], file: file) }
        #expect(throws: PasswordFileError.self) { try authenticator([], file: "\(directory.path)/missing") }
        #expect(throws: PasswordFileError.self) { try authenticator([], file: directory.path) }
    }

    @Test("A change of the file is in force after two looks, and what was verified before is forgotten")
    func reload() async throws {
        try write("ann:\(hashes[0])")
        let passwords = try authenticator([], file: file)
        #expect(await passwords.verify(authorization: header("ann", "secret"), address: "192.0.2.1") != .rejected)
        try write("bob:\(hashes[2])")
        passwords.reloadChangedFiles()
        passwords.reloadChangedFiles()
        #expect(passwords.cached(authorization: header("ann", "secret")) == nil)
        #expect(await passwords.verify(user: "ann", password: "secret", address: "192.0.2.1") == .rejected)
        #expect(await passwords.verify(user: "bob", password: "secret", address: "192.0.2.1") != .rejected)
    }

    @Test("A file that becomes bad or goes away changes nothing; a good one then counts")
    func badReload() async throws {
        try write("ann:\(hashes[0])")
        let passwords = try authenticator([], file: file)
        try write("ann:\(hashes[0])", "bob:clear text")
        for _ in 0..<3 { passwords.reloadChangedFiles() }
        #expect(await passwords.verify(user: "ann", password: "secret", address: "192.0.2.1") != .rejected)
        try FileManager.default.removeItem(atPath: file)
        for _ in 0..<3 { passwords.reloadChangedFiles() }
        #expect(await passwords.verify(authorization: header("ann", "secret"), address: "192.0.2.1") != .rejected)
        try write("bob:\(hashes[0])")
        for _ in 0..<3 { passwords.reloadChangedFiles() }
        #expect(await passwords.verify(user: "ann", password: "secret", address: "192.0.2.1") == .rejected)
    }

    @Test("The watch notices a change by itself")
    func watch() async throws {
        try write("ann:\(hashes[0])")
        let passwords = try authenticator([], file: file)
        try write()
        while passwords.hasUsers { try await Task.sleep(for: .milliseconds(10)) }
    }

    @Test("The stronger of two users with one name counts, and the other's password does not")
    func precedence() async throws {
        try write("ann:\(hashes[0])")
        let passwords = try authenticator([("ann", "other")], file: file)
        #expect(await passwords.verify(user: "ann", password: "secret", address: "192.0.2.1") == .rejected)
        #expect(
            await passwords.verify(user: "ann", password: "other", address: "192.0.2.1") == .accepted(annsPrincipal))
    }

    @Test("The first user is an admin, a reset password counts, the old one no more")
    func firstUser() async throws {
        let state = "\(directory.path)/state"
        let path = FirstUser.file(stateDirectory: state)
        let passwords = try authenticator([], firstUserFile: path)
        #expect(!passwords.hasUsers)
        let made = try #require(try FirstUser.createIfMissing(stateDirectory: state))
        #expect(try FirstUser.createIfMissing(stateDirectory: state) == nil)
        for _ in 0..<2 { passwords.reloadChangedFiles() }
        let admin = Principal(provider: "basic", subject: "admin", name: "admin", role: .admin)
        #expect(
            await passwords.verify(user: made.user, password: made.password, address: "192.0.2.1") == .accepted(admin))
        let second = try FirstUser.resetPassword(of: "admin", stateDirectory: state)
        for _ in 0..<2 { passwords.reloadChangedFiles() }
        #expect(await passwords.verify(user: "admin", password: made.password, address: "192.0.2.2") == .rejected)
        #expect(await passwords.verify(user: "admin", password: second, address: "192.0.2.1") == .accepted(admin))
    }

    private let hashes = PasswordHashTests.ofSecret
}

extension PasswordAuthenticator {
    fileprivate func cached(authorization: String) -> Principal? {
        presented(authorization: authorization).flatMap { cached($0) }
    }
}
