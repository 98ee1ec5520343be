import Crypto
import Identity

/// The random values of one sign-in: state, flow cookie and PKCE verifier, each of 256 bits.
package struct OAuthFlow: Sendable {
    /// Travels through the provider and names the flow when it comes back (RFC 6749, section 10.12).
    package let state: String
    /// Secret until the code is spent (RFC 7636, section 4.1): 43 characters of the unreserved set.
    package let verifier: String
    /// The value of the cookie that binds the flow to this browser.
    package let browser: String

    /// - Parameter browser: the value of the flow cookie that the browser already has, if it has the right form, so
    ///   that sign-ins in two tabs both work.
    package init(browser: String? = nil) {
        state = Self.randomValue()
        verifier = Self.randomValue()
        if let browser, Self.isRandomValue(browser) {
            self.browser = browser
        } else {
            self.browser = Self.randomValue()
        }
    }

    /// The challenge that the provider gets at first: S256 (RFC 7636, section 4.2).
    package var challenge: String { Self.challenge(for: verifier) }

    package static func challenge(for verifier: String) -> String {
        Base64URL.encode(Array(SHA256.hash(data: Array(verifier.utf8))))
    }

    /// Whether `text` has the form of one of our random values.
    package static func isRandomValue(_ text: String) -> Bool {
        text.utf8.count == 43 && Base64URL.decode(text.utf8)?.count == 32
    }

    /// 32 bytes of the system's generator in base64url.
    package static func randomValue() -> String {
        var generator = SystemRandomNumberGenerator()
        return Base64URL.encode((0..<32).map { _ in UInt8.random(in: .min ... .max, using: &generator) })
    }
}
