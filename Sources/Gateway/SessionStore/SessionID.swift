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

    /// 64 hexadecimal digits: a handle for pages and logs, since nobody can sign in with it.
    package var hex: String { bytes.map(Base64URL.hex).joined() }

    package init?(hex: String) {
        let digits = Array(hex.utf8)
        guard digits.count == 64 else { return nil }
        var bytes: [UInt8] = []
        for index in stride(from: 0, to: 64, by: 2) {
            let pair = String(decoding: digits[index...(index + 1)], as: UTF8.self)
            guard let byte = UInt8(pair, radix: 16) else { return nil }
            bytes.append(byte)
        }
        self.init(bytes: bytes)
    }

    /// Keeps hashes of tokens apart from hashes of anything else.
    private static let purpose = Array("calyx session 1".utf8)
}
