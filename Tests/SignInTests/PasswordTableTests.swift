import Crypto
import Identity
import Testing

@testable import SignIn

@Suite("The table of users")
struct PasswordTableTests {
    private func account(_ name: String, _ role: Role = .operator) throws -> PasswordTable.Account {
        PasswordTable.Account(
            principal: Principal(provider: "basic", subject: name, name: name, role: role),
            hash: try PasswordHash(parsing: PasswordHashTests.ofSecret[0]))
    }

    @Test("Of two users with one name the first counts, and names are compared as bytes")
    func precedence() throws {
        let table = PasswordTable(
            generation: 0, accounts: [try account("ann", .admin), try account("ann"), try account("\u{e9}")])
        #expect(table.account(named: Array("ann".utf8))?.principal.role == .admin)
        #expect(table.account(named: Array("\u{e9}".utf8)) != nil)
        #expect(table.account(named: Array("e\u{301}".utf8)) == nil)
        #expect(table.account(named: Array("Ann".utf8)) == nil)
    }

    @Test("An unknown name always has the same stand-in, and different names have different ones")
    func standIns() throws {
        let key = SymmetricKey(size: .bits256)
        let table = PasswordTable(generation: 0, accounts: try ["a", "b", "c"].map { try account($0) })
        var seen: Set<String> = []
        for number in 0..<100 {
            let name = Array("unknown\(number)".utf8)
            let first = try #require(table.standIn(for: name, key: key))
            #expect(table.standIn(for: name, key: key)?.principal == first.principal)
            seen.insert(first.principal.name)
        }
        #expect(seen == ["a", "b", "c"])
        #expect(PasswordTable(generation: 0, accounts: []).standIn(for: [1], key: key) == nil)
    }
}
