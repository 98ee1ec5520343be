import Identity

/// Random values that nobody can guess: session tokens, CSRF tokens.
enum SessionToken {
    /// Characters of a token: 32 bytes in base64url.
    static let length = 43

    /// 256 bits from the system's generator (getrandom).
    static func random() -> [UInt8] {
        var generator = SystemRandomNumberGenerator()
        return (0..<32).map { _ in UInt8.random(in: .min ... .max, using: &generator) }
    }

    static func text(_ random: [UInt8]) -> String { Base64URL.encode(random) }
}
