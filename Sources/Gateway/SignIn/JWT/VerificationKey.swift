import Identity
import JWTKit

/// One public key of a JWK set (RFC 7517), with what it may verify.
struct VerificationKey: Sendable {
    let id: String?
    /// By the name of the algorithm.
    private let verifiers: [String: any JWTAlgorithm]

    /// Every algorithm that a provider may be configured to use.
    static let supportedAlgorithms: Set<String> = [
        "RS256", "RS384", "RS512", "PS256", "PS384", "PS512", "ES256", "ES384", "EdDSA",
    ]
    static let defaultAlgorithms: Set<String> = ["RS256", "ES256", "EdDSA"]

    /// Nil for a key that is not for signatures, is of another kind, is private, or is too weak.
    init?(_ jwk: JSONValue) async {
        guard jwk["d"] == nil, jwk["k"] == nil, jwk["use"].map({ $0.string == "sig" }) ?? true,
            jwk["key_ops"].map({ $0.strings?.contains("verify") ?? false }) ?? true
        else { return nil }
        let fits: Set<String>
        let key: (JWK.Algorithm) -> JWK
        let placeholder = JWKIdentifier(string: "key")
        switch jwk["kty"]?.string {
        case "RSA":
            guard let n = jwk["n"]?.string, let e = jwk["e"]?.string, Self.isStrong(modulus: n, exponent: e) else {
                return nil
            }
            fits = ["RS256", "RS384", "RS512", "PS256", "PS384", "PS512"]
            key = { .rsa($0, identifier: placeholder, modulus: n, exponent: e) }
        case "EC":
            guard let x = jwk["x"]?.string, let y = jwk["y"]?.string else { return nil }
            let curve: ECDSACurve
            switch jwk["crv"]?.string {
            case "P-256": (curve, fits) = (.p256, ["ES256"])
            case "P-384": (curve, fits) = (.p384, ["ES384"])
            default: return nil
            }
            key = { .ecdsa($0, identifier: placeholder, x: x, y: y, curve: curve) }
        case "OKP":
            guard jwk["crv"]?.string == "Ed25519", let x = jwk["x"]?.string else { return nil }
            fits = ["EdDSA"]
            key = { .octetKeyPair($0, identifier: placeholder, x: x, y: nil, curve: .ed25519) }
        default: return nil
        }
        // A key that names its algorithm is used with no other.
        let pinned = jwk["alg"]?.string
        var verifiers: [String: any JWTAlgorithm] = [:]
        for name in fits where pinned == nil || pinned == name {
            guard let algorithm = JWK.Algorithm(rawValue: name) else { continue }
            // A collection of one key each: with several, an unknown id would fall back to the first of them.
            let collection = JWTKeyCollection()
            guard (try? await collection.add(jwk: key(algorithm))) != nil,
                let verifier = try? await collection.getKey(for: placeholder, alg: name)
            else { return nil }
            verifiers[name] = verifier
        }
        guard !verifiers.isEmpty else { return nil }
        self.verifiers = verifiers
        id = jwk["kid"]?.string
    }

    func verifies(_ token: SignedToken) -> Bool {
        guard let verifier = verifiers[token.algorithm] else { return false }
        return (try? verifier.verify(token.signature, signs: token.signed)) ?? false
    }

    func supports(_ algorithm: String) -> Bool { verifiers[algorithm] != nil }

    private static func isStrong(modulus: String, exponent: String) -> Bool {
        guard let n = Base64URL.decode(Array(modulus.utf8)), let e = Base64URL.decode(Array(exponent.utf8)) else {
            return false
        }
        let significant = n.drop { $0 == 0 }
        let bits = significant.count * 8 - (significant.first?.leadingZeroBitCount ?? 0)
        return (2048...8192).contains(bits) && (e.last ?? 0) & 1 == 1 && (1...8).contains(e.count) && e != [1]
    }
}

/// The keys of an issuer.
struct VerificationKeys: Sendable {
    static let maximumBytes = 64 << 10
    static let maximumKeys = 32

    private let keys: [VerificationKey]

    /// Nil when it is no JWK set of a sane size. Keys that are not understood are left out.
    init?(_ document: [UInt8]) async {
        guard document.count <= Self.maximumBytes, case .array(let items)? = JSONValue(document)?["keys"],
            items.count <= Self.maximumKeys
        else { return nil }
        var keys: [VerificationKey] = []
        for item in items { if let key = await VerificationKey(item) { keys.append(key) } }
        self.keys = keys
    }

    /// The keys that may have signed a token: those with its very id. A token without an id is verified only where one
    /// key alone can be meant.
    func keys(for token: SignedToken) -> [VerificationKey] {
        guard let id = token.keyID else {
            let fitting = keys.filter { $0.supports(token.algorithm) }
            return fitting.count == 1 ? fitting : []
        }
        return keys.filter { $0.id.map { $0.utf8.elementsEqual(id.utf8) } ?? false && $0.supports(token.algorithm) }
    }
}
