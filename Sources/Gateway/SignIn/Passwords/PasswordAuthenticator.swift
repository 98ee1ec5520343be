import Crypto
import Identity
import Logging
import Synchronization
import ThreadPool

/// A name and a password that somebody sent, the password as an HMAC under a random key of this process. It says nothing of
/// whether they are right.
package struct PresentedPassword: Sendable {
    let user: [UInt8]
    let digest: VerifiedCredentialCache.Digest
}

/// Signs people in by name and password: `--basic_auth`, a password file, and the first user of a fresh installation.
///
/// Of two users with one name the stronger counts: clear-text users and the first user (admin) before the file's
/// (operator). Hashing runs on threads of its own with a bounded queue.
package final class PasswordAuthenticator: Sendable {
    /// The provider of principals that sign in by password.
    package static let providerID = "basic"

    private struct State: Sendable {
        var table: PasswordTable
        var cache: VerifiedCredentialCache
        var throttle: SignInThrottle
    }

    private let state: Mutex<State>
    private let sources: PasswordSources
    private let hashing: ThreadPool
    private let secret = SymmetricKey(size: .bits256)
    private let now: @Sendable () -> Double
    private let logger: Logger
    private let watch = PasswordFileWatch()
    private let reloading = Mutex(())
    private let whenUsersChange = Mutex<(@Sendable ([String]) -> Void)?>(nil)

    /// Reads the files and hashes the clear-text passwords, which takes some 25 ms for each.
    ///
    /// - Parameters:
    ///   - clearTextUsers: admins; their passwords are kept only as hashes.
    ///   - file: an htpasswd file of operators, reloaded when it changes.
    ///   - firstUserFile: as `FirstUser` writes it; admins. It need not exist.
    ///   - rules: those about users with a password give them their role.
    ///   - now: seconds of a clock that never goes back.
    /// - Throws: `PasswordFileError` for a file, `PasswordSourceError` for a clear-text user that cannot work.
    package init(
        clearTextUsers: [(name: String, password: String)] = [], file: String? = nil, firstUserFile: String? = nil,
        rules: AccessPolicy = AccessPolicy([]), limits: PasswordLimits = PasswordLimits(), logger: Logger,
        now: @escaping @Sendable () -> Double = PasswordAuthenticator.monotonicSeconds
    ) throws {
        sources = try PasswordSources(
            clearTextUsers: clearTextUsers, file: file, firstUserFile: firstUserFile, rules: rules, logger: logger)
        state = Mutex(
            State(
                table: PasswordTable(generation: 0, accounts: sources.accounts),
                cache: VerifiedCredentialCache(lifetime: limits.cacheLifetime, capacity: limits.cacheCapacity),
                throttle: SignInThrottle(policy: limits.throttle)))
        hashing = ThreadPool(name: "password-hash", threads: limits.threads, queueLimit: limits.queueLimit)
        self.now = now
        self.logger = logger
        if sources.hasFiles { watch.start { [weak self] in self?.reloadChangedFiles() } }
    }

    deinit { watch.stop() }

    func account(of principal: Principal) -> PasswordTable.Account? {
        guard principal.provider == Self.providerID else { return nil }
        return state.withLock { $0.table.account(named: Array(principal.subject.utf8)) }
    }

    func setChangeHandler(_ tell: @escaping @Sendable ([String]) -> Void) { whenUsersChange.withLock { $0 = tell } }

    /// Whether anybody can sign in by password.
    package var hasUsers: Bool { state.withLock { !$0.table.isEmpty } }

    /// The user of this name as the files have it now, whoever asks.
    package func principal(named name: String) -> Principal? {
        state.withLock { $0.table.account(named: Array(name.utf8))?.principal }
    }

    /// The user that a Basic field names, when there is one of this name: anything else may be a password.
    package func knownUser(in authorization: String) -> String? {
        guard let credentials = BasicCredentials(authorization: authorization) else { return nil }
        return state.withLock { $0.table.account(named: credentials.user)?.principal.subject }
    }

    /// Whether there is a user of this name.
    package func hasUser(_ name: String) -> Bool { state.withLock { $0.table.account(named: Array(name.utf8)) != nil } }

    /// Who these credentials belong to, if they were verified within the last minute. A look-up of some microseconds,
    /// without hashing.
    ///
    /// Nil too while wrong passwords for the same user come in, from wherever: `verify` then looks at the address
    /// first. Otherwise guessing could go on at full speed against what a script has just verified.
    package func cached(_ presented: PresentedPassword) -> Principal? {
        let time = now()
        return state.withLock { state in
            guard !state.throttle.isGuessed(account: presented.user, now: time) else { return nil }
            return state.cache.principal(for: key(presented.digest, state.table), now: time)
        }
    }

    /// What stands for the name and the password of a Basic field; nil when it is none.
    package func presented(authorization: String) -> PresentedPassword? {
        BasicCredentials(authorization: authorization).map {
            PresentedPassword(user: $0.user, digest: digest($0))
        }
    }

    /// Checks the value of a Basic `Authorization` field that came from `address`.
    package func verify(authorization: String, address: String) async -> PasswordDecision {
        guard let credentials = BasicCredentials(authorization: authorization) else { return .rejected }
        return await verify(credentials, from: address)
    }

    /// Checks what somebody at `address` typed into the sign-in form.
    package func verify(user: String, password: String, address: String) async -> PasswordDecision {
        guard let credentials = BasicCredentials(user: user, password: password) else { return .rejected }
        return await verify(credentials, from: address)
    }

    private func verify(_ credentials: BasicCredentials, from address: String) async -> PasswordDecision {
        let block = AddressBlock(address)
        if let decision = earlyDecision(credentials, block) { return decision }
        let decision = await hashing.run { [self] in
            // Asked again: while this attempt waited, the same credentials may have been verified, or have failed.
            earlyDecision(credentials, block) ?? hashAndDecide(credentials, block)
        }
        switch decision {
        case .rejected, .throttled: log(decision, credentials, address)
        case nil:
            logger.warning("Password checks are refused: too many are waiting", metadata: ["address": "\(address)"])
        case .accepted, .unavailable: break
        }
        return decision ?? .unavailable
    }

    /// What can be told without hashing.
    private func earlyDecision(_ credentials: BasicCredentials, _ block: AddressBlock) -> PasswordDecision? {
        let time = now()
        return state.withLock { state in
            // Even known credentials wait out a back-off: else guessing could go on while it is in force.
            if let wait = state.throttle.wait(address: block, account: credentials.user, now: time) {
                state.throttle.refused(account: credentials.user, now: time)
                return .throttled(retryAfter: wait)
            }
            return state.cache.principal(for: key(credentials, state.table), now: time).map { .accepted($0) }
        }
    }

    /// Blocks for the time of one hash, whether the user exists or not.
    private func hashAndDecide(_ credentials: BasicCredentials, _ block: AddressBlock) -> PasswordDecision {
        let table = state.withLock { $0.table }
        let account = table.account(named: credentials.user)
        let hashed = account ?? table.standIn(for: credentials.user, key: secret)
        let matches = hashed?.hash.matches(credentials.password) ?? false
        let time = now()
        return state.withLock { state in
            guard let account, matches else {
                state.throttle.failed(address: block, account: credentials.user, now: time)
                return .rejected
            }
            state.throttle.succeeded(address: block, account: credentials.user, now: time)
            state.cache.insert(account.principal, for: key(credentials, table), now: time)
            return .accepted(account.principal)
        }
    }

    private func key(_ credentials: BasicCredentials, _ table: PasswordTable) -> VerifiedCredentialCache.Key {
        key(digest(credentials), table)
    }

    private func key(
        _ digest: VerifiedCredentialCache.Digest, _ table: PasswordTable
    ) -> VerifiedCredentialCache.Key {
        VerifiedCredentialCache.Key(digest: digest, generation: table.generation)
    }

    private func digest(_ credentials: BasicCredentials) -> VerifiedCredentialCache.Digest {
        VerifiedCredentialCache.Digest(credentials, secret: secret)
    }

    /// Names only users that exist: what else is typed as a name is now and then a password.
    private func log(_ decision: PasswordDecision?, _ credentials: BasicCredentials, _ address: String) {
        let account = state.withLock { $0.table.account(named: credentials.user) }
        logger.info(
            "A sign-in by password was refused",
            metadata: [
                "address": "\(address)", "user": "\(account?.principal.subject ?? "(unknown)")",
                "reason": decision == .rejected ? "wrong password" : "throttled",
            ])
    }

    /// Looks at the files, and puts a changed one in force once it has stayed the same for two looks in a row. A file
    /// that is missing or has a mistake changes nothing but the log.
    package func reloadChangedFiles() {
        // One after the other: when a look is over, what it found is in force.
        reloading.withLock { _ in
            guard sources.reloadChanged() else { return }
            let accounts = sources.accounts
            let changed = state.withLock { state in
                let table = PasswordTable(generation: state.table.generation + 1, accounts: accounts)
                let changed = state.table.changes(to: table)
                state.table = table
                state.cache.removeAll()
                return changed
            }
            logger.info(
                "The password file was reloaded",
                metadata: ["users": "\(accounts.count)", "changed": "\(changed.count)"])
            if !changed.isEmpty { whenUsersChange.withLock { $0 }?(changed) }
        }
    }
}
