import Crypto
import Identity

/// Sessions of users with a password end when the user is removed, or gets another password or role.
extension PasswordAuthenticator {
    /// What is kept with a session that begins with a password; nil when the user is gone already.
    package func authorization(for principal: Principal) -> ProviderAuthorization? {
        guard let account = account(of: principal) else { return nil }
        return ProviderAuthorization(
            facts: PersonFacts(subject: principal.subject, name: principal.name), accessToken: Self.fingerprint(account)
        )
    }

    /// Judges a signed-in user again. Takes microseconds.
    package func recheck(_ principal: Principal, _ authorization: ProviderAuthorization) -> Recheck {
        guard let account = account(of: principal) else { return .ended(reason: "the user was removed") }
        guard authorization.accessToken == Self.fingerprint(account) else {
            return .ended(reason: "the user's password was changed")
        }
        return .allowed(account.principal, authorization)
    }

    /// Tells the names of users who were removed, or got another password or role, each time a file was reloaded.
    package func whenUsersChange(_ tell: @escaping @Sendable ([String]) -> Void) { setChangeHandler(tell) }

    /// Names a stored hash without being it.
    private static func fingerprint(_ account: PasswordTable.Account) -> String {
        Base64URL.encode(Array(SHA256.hash(data: Array("calyx credential 1 \(account.hash.encoded)".utf8))))
    }
}
