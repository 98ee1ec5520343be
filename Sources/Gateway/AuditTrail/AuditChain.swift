import Crypto
import Identity

/// The chain of hashes: each entry's hash covers its content and the hash before, so that no entry can be changed,
/// removed or put in between without all that follow telling. Pure.
enum AuditChain {
    /// What the first entry of a chain follows.
    static func origin(of chain: String) -> [UInt8] {
        var hash = SHA256()
        hash.update(data: Array("calyx audit chain 1".utf8))
        hash.update(data: Array(chain.utf8))
        return Array(hash.finalize())
    }

    /// SHA-256 over the hash before, number, time, and each text with its length, so that no two entries have the same bytes.
    static func hash(_ event: AuditEvent, number: Int64, after previous: [UInt8]) -> [UInt8] {
        var bytes: [UInt8] = Array("calyx audit entry 1".utf8)
        bytes.reserveCapacity(512)
        bytes.append(contentsOf: previous)
        append(UInt64(bitPattern: number), to: &bytes)
        append(UInt64(bitPattern: event.milliseconds), to: &bytes)
        for text in event.texts {
            append(UInt64(text.utf8.count), to: &bytes)
            bytes.append(contentsOf: text.utf8)
        }
        return Array(SHA256.hash(data: bytes))
    }

    static func hex(_ bytes: [UInt8]) -> String { bytes.map(Base64URL.hex).joined() }

    private static func append(_ number: UInt64, to bytes: inout [UInt8]) {
        for shift in stride(from: UInt64(56), through: 0, by: -8) {
            bytes.append(UInt8(truncatingIfNeeded: number >> shift))
        }
    }
}

/// Where a chain ends: noted elsewhere, it proves later that nothing before it was changed.
package struct AuditHead: Sendable, Equatable, CustomStringConvertible {
    package let number: Int64
    /// Hexadecimal.
    package let hash: String

    package init(number: Int64, hash: String) {
        self.number = number
        self.hash = hash
    }

    /// As `description` writes it: `NUMBER:HASH`.
    package init?(_ text: String) {
        let parts = text.split(separator: ":", omittingEmptySubsequences: false)
        guard parts.count == 2, let number = Int64(parts[0]), number >= 0, parts[1].utf8.count == 64,
            parts[1].utf8.allSatisfy({ (0x30...0x39).contains($0) || (0x61...0x66).contains($0) })
        else { return nil }
        self.init(number: number, hash: String(parts[1]))
    }

    package var description: String { "\(number):\(hash)" }
}
