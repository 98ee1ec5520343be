import Crypto
import Identity

/// Credentials that were verified less than a minute ago, so that a script's next call need not be hashed again.
///
/// Names and passwords are not kept: the key is an HMAC under a random key of this process. Pure: time comes in.
struct VerifiedCredentialCache: Sendable {
    struct Key: Sendable, Hashable {
        let digest: Digest
        /// Of the users' table that they were verified with.
        let generation: UInt64
    }

    /// Stands for a name and a password.
    struct Digest: Sendable, Hashable {
        private let digest: SIMD4<UInt64>

        /// Lengths keep (name, password) pairs apart whose bytes run together alike.
        init(_ credentials: BasicCredentials, secret: SymmetricKey) {
            var mac = HMAC<SHA256>(key: secret)
            for number in [UInt64(credentials.user.count), UInt64(credentials.password.count)] {
                withUnsafeBytes(of: number.bigEndian) { mac.update(data: $0) }
            }
            mac.update(data: credentials.user)
            mac.update(data: credentials.password)
            digest = mac.finalize().withUnsafeBytes { $0.loadUnaligned(as: SIMD4<UInt64>.self) }
        }
    }

    private struct Entry: Sendable {
        let principal: Principal
        let expires: Double
    }

    private var entries: [Key: Entry] = [:]
    private let lifetime: Double
    private let capacity: Int

    /// - Parameters:
    ///   - lifetime: seconds from the verification, never prolonged by use.
    ///   - capacity: beyond it the entry that expires first goes.
    init(lifetime: Double, capacity: Int) {
        self.lifetime = lifetime
        self.capacity = capacity
    }

    func principal(for key: Key, now: Double) -> Principal? {
        guard let entry = entries[key], now < entry.expires else { return nil }
        return entry.principal
    }

    mutating func insert(_ principal: Principal, for key: Key, now: Double) {
        if entries.count >= capacity, entries[key] == nil {
            entries = entries.filter { now < $0.value.expires }
            if entries.count >= capacity, let first = entries.min(by: { $0.value.expires < $1.value.expires }) {
                entries.removeValue(forKey: first.key)
            }
        }
        entries[key] = Entry(principal: principal, expires: now + lifetime)
    }

    mutating func removeAll() { entries.removeAll() }

    var count: Int { entries.count }
}
