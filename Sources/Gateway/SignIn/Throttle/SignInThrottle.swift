import Crypto

/// Slows down guessing of passwords without ever locking anybody out for good.
///
/// - One address trying one account: a few failures are free, then each doubles the wait, up to a minute.
/// - One address trying many accounts, and many addresses trying one account: a bucket that fills by failures and
///   leaks steadily, so that what remains is a slow trickle of attempts.
/// - Where an account was used from an address before, the buckets do not count, so that an attack on the account, or
///   from behind the same proxy, does not keep its owner out.
///
/// Pure: time comes in (seconds of a monotonic clock). All tables are bounded.
struct SignInThrottle: Sendable {
    struct Policy: Sendable {
        var freeFailures = 5
        var maximumWait = 60.0
        /// A pair without failures for so long starts anew.
        var pairMemory = 900.0
        var addressBurst = 30.0
        var accountBurst = 30.0
        /// Seconds until one failure has leaked out of a bucket.
        var leakInterval = 10.0
        /// Seconds after a refused attempt for which an account counts as being guessed at.
        var guessMemory = 60.0
        var tableCapacity = 10_000
    }

    private struct Pair: Hashable, Sendable {
        let address: AddressBlock
        let account: SHA256.Digest
    }

    private struct PairFailures: Sendable {
        var count = 0
        var blockedUntil = 0.0
        var last = 0.0
    }

    private let policy: Policy
    private var pairs: BoundedTable<Pair, PairFailures>
    private var addresses: BoundedTable<AddressBlock, LeakyBucket>
    private var accounts: BoundedTable<SHA256.Digest, LeakyBucket>
    private var known: BoundedTable<Pair, Bool>
    /// Until when an account counts as being guessed at.
    private var guessed: BoundedTable<SHA256.Digest, Double>

    init(policy: Policy = Policy()) {
        self.policy = policy
        pairs = BoundedTable(capacity: policy.tableCapacity)
        addresses = BoundedTable(capacity: policy.tableCapacity)
        accounts = BoundedTable(capacity: policy.tableCapacity)
        known = BoundedTable(capacity: policy.tableCapacity)
        guessed = BoundedTable(capacity: policy.tableCapacity)
    }

    /// Whole seconds until an attempt is looked at again; nil when it may be made now.
    func wait(address: AddressBlock, account: [UInt8], now: Double) -> Int? {
        let pair = Pair(address: address, account: SHA256.hash(data: account))
        var wait = 0.0
        if let failures = pairs[pair] { wait = max(wait, failures.blockedUntil - now) }
        if known[pair] == nil {
            wait = max(wait, addresses[address]?.wait(burst: policy.addressBurst, policy, now) ?? 0)
            wait = max(wait, accounts[pair.account]?.wait(burst: policy.accountBurst, policy, now) ?? 0)
        }
        return wait > 0 ? Int(wait.rounded(.up)) : nil
    }

    /// Counts a wrong password.
    mutating func failed(address: AddressBlock, account: [UInt8], now: Double) {
        let pair = Pair(address: address, account: SHA256.hash(data: account))
        var failures = pairs[pair] ?? PairFailures()
        if now - failures.last > policy.pairMemory { failures = PairFailures() }
        failures.count += 1
        failures.last = now
        if failures.count >= policy.freeFailures {
            let doublings = Double(min(failures.count - policy.freeFailures, 30))
            failures.blockedUntil = now + min(pow2(doublings), policy.maximumWait)
        }
        refused(account: account, now: now)
        pairs.set(failures, for: pair, now: now)
        addresses.set((addresses[address] ?? LeakyBucket()).filled(policy, now), for: address, now: now)
        accounts.set((accounts[pair.account] ?? LeakyBucket()).filled(policy, now), for: pair.account, now: now)
    }

    /// Counts an attempt that was not looked at because it had to wait.
    mutating func refused(account: [UInt8], now: Double) {
        guessed.set(now + policy.guessMemory, for: SHA256.hash(data: account), now: now)
    }

    /// Whether somebody, anywhere, tried a wrong password for this account lately.
    func isGuessed(account: [UInt8], now: Double) -> Bool {
        guard guessed.count > 0, let until = guessed[SHA256.hash(data: account)] else { return false }
        return now < until
    }

    /// Remembers that the account is used from there. The address's bucket stays: whoever has one account of their own
    /// must not thereby get more guesses at others.
    mutating func succeeded(address: AddressBlock, account: [UInt8], now: Double) {
        let pair = Pair(address: address, account: SHA256.hash(data: account))
        pairs.remove(pair)
        known.set(true, for: pair, now: now)
    }

    private func pow2(_ exponent: Double) -> Double { Double(sign: .plus, exponent: Int(exponent), significand: 1) }
}

/// A level that each failure raises by one and time lowers.
private struct LeakyBucket: Sendable {
    private var level = 0.0
    private var last = 0.0

    func level(_ policy: SignInThrottle.Policy, _ now: Double) -> Double {
        max(0, level - max(0, now - last) / policy.leakInterval)
    }

    func filled(_ policy: SignInThrottle.Policy, _ now: Double) -> LeakyBucket {
        var bucket = self
        bucket.level = level(policy, now) + 1
        bucket.last = now
        return bucket
    }

    /// Seconds until there is room for one more.
    func wait(burst: Double, _ policy: SignInThrottle.Policy, _ now: Double) -> Double {
        let excess = level(policy, now) + 1 - burst
        return excess > 0 ? excess * policy.leakInterval : 0
    }
}
