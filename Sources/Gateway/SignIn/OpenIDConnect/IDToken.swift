import Crypto
import Identity

/// Checks an id_token whole (OpenID Connect Core 1.0, section 3.1.3.7).
struct IDTokenRules: Sendable {
    let issuer: Issuer
    let clientID: String
    let algorithms: Set<String>

    /// A sign-in ends within minutes of the token's making.
    static let maximumAge = 600.0

    /// The claims of a token that holds.
    /// - Parameters:
    ///   - nonce: what the token must repeat; nil after a refresh, where a nonce is not asked for.
    ///   - now: Unix seconds.
    func claims(
        of text: String, nonce: String?, accessToken: String, now: Double
    ) async throws(ProviderFailure) -> TokenClaims {
        do throws(TokenRefusal) {
            let token = try SignedToken(text, algorithms: algorithms)
            let signed: Bool
            do throws(ProviderFailure) {
                signed = try await issuer.verify(token)
            } catch {
                throw TokenRefusal("its keys cannot be had (\(error.detail))")
            }
            guard signed else { throw TokenRefusal("no key of the issuer signed it") }
            let claims = TokenClaims(values: token.claims)
            try claims.check(
                issuer: issuer.url.text, now: now, maximumAge: nonce == nil ? nil : Self.maximumAge)
            try claims.check(clientID: clientID)
            if let nonce {
                guard let found = claims.values["nonce"]?.string, ConstantTimeText.equal(found, nonce) else {
                    throw TokenRefusal("it is not for this sign-in (nonce)")
                }
            }
            try Self.checkHash(claims.values["at_hash"], of: accessToken, algorithm: token.algorithm)
            guard claims.subject != nil else { throw TokenRefusal("it has no subject") }
            return claims
        } catch {
            throw ProviderFailure(.tokenNotTrusted, "id_token: \(error)")
        }
    }

    /// `at_hash` binds the access token to the id_token: the left half of its hash.
    private static func checkHash(
        _ claim: JSONValue?, of accessToken: String, algorithm: String
    ) throws(TokenRefusal) {
        guard let claim else { return }
        let bytes = Array(accessToken.utf8)
        let hash: [UInt8] =
            switch algorithm.suffix(3) {
            case "384": Array(SHA384.hash(data: bytes))
            case "512", "DSA": Array(SHA512.hash(data: bytes))
            default: Array(SHA256.hash(data: bytes))
            }
        let expected = Base64URL.encode(hash.prefix(hash.count / 2))
        guard let found = claim.string, ConstantTimeText.equal(found, expected) else {
            throw TokenRefusal("it belongs to another access token (at_hash)")
        }
    }
}

/// Comparison that takes the same time wherever two texts of one length differ.
enum ConstantTimeText {
    static func equal(_ left: String, _ right: String) -> Bool {
        let left = Array(left.utf8), right = Array(right.utf8)
        guard left.count == right.count else { return false }
        return zip(left, right).reduce(UInt8(0)) { $0 | ($1.0 ^ $1.1) } == 0
    }
}
