import Crypto
import Identity

/// Random values that only one browser knows, and form tokens made from them.
struct BrowserToken: Sendable {
    private let key = SymmetricKey(size: .bits256)

    /// 256 random bits, base64url: 43 characters.
    static func random() -> String {
        var generator = SystemRandomNumberGenerator()
        var bytes: [UInt8] = []
        bytes.reserveCapacity(32)
        for _ in 0..<4 { withUnsafeBytes(of: generator.next()) { bytes.append(contentsOf: $0) } }
        return Base64URL.encode(bytes)
    }

    /// Whether `value` can be one of ours.
    static func isWellFormed(_ value: String) -> Bool {
        value.utf8.count == 43 && Base64URL.decode(Array(value.utf8)) != nil
    }

    /// The token of the sign-in form that was shown to the browser holding `browser` in its flow cookie.
    func form(for browser: String) -> String {
        let mac = HMAC<SHA256>.authenticationCode(for: Array("sign-in form \(browser)".utf8), using: key)
        return Base64URL.encode(Array(mac))
    }

    func isForm(_ token: String?, for browser: String) -> Bool {
        token.map { ConstantTime.equal($0, form(for: browser)) } ?? false
    }
}
