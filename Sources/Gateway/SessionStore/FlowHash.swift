import Crypto
import Identity

/// Under what unfinished sign-ins are stored: states and browser values are kept as hashes, like session tokens.
enum FlowHash {
    static func state(_ text: String) -> [UInt8] { hash(text, purpose: "state") }
    static func browser(_ text: String) -> [UInt8] { hash(text, purpose: "browser") }

    static func hex(_ bytes: [UInt8]) -> String { bytes.map(Base64URL.hex).joined() }

    private static func hash(_ text: String, purpose: String) -> [UInt8] {
        var hash = SHA256()
        hash.update(data: Array("calyx flow \(purpose) 1".utf8))
        hash.update(data: Array(text.utf8))
        return Array(hash.finalize())
    }
}
