import Crypto
import Identity
import Testing

@testable import SignIn

@Suite("Cache of verified credentials")
struct VerifiedCredentialCacheTests {
    private let secret = SymmetricKey(size: .bits256)
    private let ann = Principal(provider: "basic", subject: "ann", name: "ann", role: .operator)

    private func key(
        _ user: String, _ password: String, _ generation: UInt64 = 0, secret: SymmetricKey? = nil
    ) throws -> VerifiedCredentialCache.Key {
        let credentials = try #require(BasicCredentials(user: user, password: password))
        return VerifiedCredentialCache.Key(
            digest: VerifiedCredentialCache.Digest(credentials, secret: secret ?? self.secret), generation: generation)
    }

    @Test("An entry holds a minute from its verification, however often it is used")
    func lifetime() throws {
        var cache = VerifiedCredentialCache(lifetime: 60, capacity: 10)
        let key = try key("ann", "secret")
        cache.insert(ann, for: key, now: 100)
        #expect(cache.principal(for: key, now: 100) == ann)
        #expect(cache.principal(for: key, now: 159.9) == ann)
        #expect(cache.principal(for: key, now: 160) == nil)
    }

    @Test("Keys differ in name, password, where one ends, generation and process")
    func keys() throws {
        let all = [
            try key("ann", "secret"), try key("ann", "Secret"), try key("anns", "ecret"), try key("an", "nsecret"),
            try key("ann", "secret", 1), try key("ann", ""), try key("annsecret", ""),
            try key("ann", "secret", secret: SymmetricKey(size: .bits256)),
        ]
        #expect(Set(all).count == all.count)
    }

    @Test("It is bounded: what expires first goes")
    func bounded() throws {
        var cache = VerifiedCredentialCache(lifetime: 60, capacity: 3)
        for number in 0..<5 { cache.insert(ann, for: try key("u\(number)", "x"), now: Double(number)) }
        #expect(cache.count == 3)
        #expect(cache.principal(for: try key("u1", "x"), now: 5) == nil)
        #expect(cache.principal(for: try key("u4", "x"), now: 5) == ann)
    }
}
