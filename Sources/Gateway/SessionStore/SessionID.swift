import Crypto
import Identity

/// SHA-256 of a session token: names a session without being able to use it.
package struct SessionID: Sendable, Hashable {
    private let digest: SIMD4<UInt64>

    /// The id of a token as the browser sent it; nil when it has not the form of a token.
    package init?(token: String) {
        let text = token.utf8
        guard text.count == SessionToken.length, let random = Base64URL.decode(text) else { return nil }
        self.init(hashing: random)
    }

    /// The id of stored bytes; nil unless they are 32.
    package init?(bytes: [UInt8]) {
        guard bytes.count == 32 else { return nil }
        digest = bytes.withUnsafeBytes { $0.loadUnaligned(as: SIMD4<UInt64>.self) }
    }

    init(hashing random: [UInt8]) {
        var hash = SHA256()
        hash.update(data: Self.purpose)
        hash.update(data: random)
        digest = hash.finalize().withUnsafeBytes { $0.loadUnaligned(as: SIMD4<UInt64>.self) }
    }

    /// The 32 bytes of the hash.
    package var bytes: [UInt8] { withUnsafeBytes(of: digest) { Array($0) } }

    /// Keeps hashes of tokens apart from hashes of anything else.
    private static let purpose = Array("calyx session 1".utf8)
}
