import Crypto
import Identity

/// Who may sign in by password now. A new table, with the next generation, replaces the old one at each reload.
struct PasswordTable: Sendable {
    struct Account: Sendable {
        let principal: Principal
        let hash: PasswordHash
    }

    /// Counts the reloads; part of the key of every cached verification.
    let generation: UInt64
    private let accounts: [Account]
    private let indices: [[UInt8]: Int]

    /// Accounts in order of precedence: of two with the same name the first counts.
    init(generation: UInt64, accounts: [Account]) {
        self.generation = generation
        var indices: [[UInt8]: Int] = [:]
        var kept: [Account] = []
        for account in accounts where indices[Array(account.principal.subject.utf8)] == nil {
            indices[Array(account.principal.subject.utf8)] = kept.count
            kept.append(account)
        }
        self.accounts = kept
        self.indices = indices
    }

    var isEmpty: Bool { accounts.isEmpty }

    func account(named name: [UInt8]) -> Account? { indices[name].map { accounts[$0] } }

    /// The names whose account is gone or another one in `table`.
    func changes(to table: PasswordTable) -> [String] {
        accounts.filter { account in
            guard let other = table.account(named: Array(account.principal.subject.utf8)) else { return true }
            return other.hash != account.hash || other.principal != account.principal
        }.map(\.principal.subject)
    }

    /// The account whose hash is computed for a name that does not exist, so that the time tells nothing: each unknown
    /// name costs what some known one costs, and always the same.
    func standIn(for name: [UInt8], key: SymmetricKey) -> Account? {
        guard !accounts.isEmpty else { return nil }
        let digest = HMAC<SHA256>.authenticationCode(for: Array("stand-in".utf8) + [0] + name, using: key)
        let number = digest.prefix(8).reduce(UInt64(0)) { $0 << 8 | UInt64($1) }
        return accounts[Int(number % UInt64(accounts.count))]
    }
}
