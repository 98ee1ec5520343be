import Crypto
import Identity

/// What only this server knows of a sign-in until its end, and what it shows of that to the provider.
package struct SignInProof: Sendable {
    /// The PKCE code verifier (RFC 7636): 256 random bits, base64url.
    package let verifier: String

    package init(verifier: String) { self.verifier = verifier }

    /// The S256 challenge.
    package var challenge: String { Base64URL.encode(Array(SHA256.hash(data: Array(verifier.utf8)))) }

    /// The nonce that an id_token must repeat. As unknown and as much of one use as the verifier that it is made from.
    package var nonce: String { Base64URL.encode(Array(SHA256.hash(data: Array("calyx nonce 1 \(verifier)".utf8)))) }
}
