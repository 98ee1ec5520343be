import Crypto
import Identity

/// The keys with which stored secrets are encrypted: the first seals, all open, so that a key can be changed without a gap.
///
/// AES-256-GCM with a random nonce. The id of the record that a secret belongs to is authenticated, so that a sealed
/// secret opens nowhere else.
package struct SealingKeys: Sendable {
    /// Fewer bytes than this are refused as a key.
    package static let minimumKeyLength = 32

    private struct Key: Sendable {
        /// Four bytes that name the key in what it sealed.
        let id: [UInt8]
        let key: SymmetricKey
    }

    private let keys: [Key]

    /// Keys in order of preference. Fails when there is none, or one is shorter than `minimumKeyLength` bytes.
    package init?(_ secrets: [[UInt8]]) {
        guard !secrets.isEmpty, secrets.allSatisfy({ $0.count >= Self.minimumKeyLength }) else { return nil }
        keys = secrets.map { secret in
            let derived = HKDF<SHA256>.deriveKey(
                inputKeyMaterial: SymmetricKey(data: secret), info: Array("calyx sealed secret 1".utf8),
                outputByteCount: 32)
            let id = derived.withUnsafeBytes { SHA256.hash(data: $0) }.prefix(4)
            return Key(id: Array(id), key: derived)
        }
    }

    /// A new key, as it stands in a file.
    package static func random() -> String { SessionToken.text(SessionToken.random()) }

    /// Version, key id, nonce, ciphertext, tag.
    package func seal(_ secret: [UInt8], record: [UInt8]) throws -> [UInt8] {
        let sealing = keys[0]
        let header = [Self.version] + sealing.id
        let box = try AES.GCM.seal(secret, using: sealing.key, authenticating: header + record)
        guard let combined = box.combined else { throw SealingError() }
        return header + combined
    }

    package func open(_ sealed: [UInt8], record: [UInt8]) throws -> [UInt8] {
        guard sealed.count > 5, sealed[0] == Self.version,
            let key = keys.first(where: { $0.id.elementsEqual(sealed[1..<5]) })
        else { throw SealingError() }
        let box = try AES.GCM.SealedBox(combined: sealed[5...])
        return Array(try AES.GCM.open(box, using: key.key, authenticating: Array(sealed[..<5]) + record))
    }

    private static let version: UInt8 = 1
}

/// What is stored was not sealed with one of the keys, or not for this record.
package struct SealingError: Error, Sendable, CustomStringConvertible {
    package let description =
        "A stored secret cannot be opened with the keys of --session_key_file; whoever it belongs to signs in again."
}
