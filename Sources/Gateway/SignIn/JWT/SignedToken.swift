import Identity

/// A JWT in compact form (RFC 7519), taken apart. Nothing of it is believed until its signature is verified.
struct SignedToken: Sendable {
    static let maximumBytes = 16 << 10

    let algorithm: String
    let keyID: String?
    let claims: JSONValue
    let signature: [UInt8]
    /// The bytes that are signed.
    let signed: [UInt8]

    /// - Parameters:
    ///   - algorithms: the only values of `alg` that are accepted.
    ///   - types: the values of `typ` that are accepted, in lower case; a token without any is accepted too.
    init(
        _ text: String, algorithms: Set<String>, types: Set<String> = ["jwt"]
    ) throws(TokenRefusal) {
        guard text.utf8.count <= Self.maximumBytes else { throw TokenRefusal("it is longer than 16 KiB") }
        let parts = text.utf8.split(separator: UInt8(ascii: "."), omittingEmptySubsequences: false).map(Array.init)
        guard parts.count == 3, !parts[2].isEmpty, let header = Base64URL.decode(parts[0]),
            let payload = Base64URL.decode(parts[1]), let signature = Base64URL.decode(parts[2])
        else { throw TokenRefusal("it has not three parts in base64url") }
        guard let header = JSONValue(header), case .object = header else {
            throw TokenRefusal("its header is no JSON object")
        }
        // Neither `none` nor HMAC is ever in the list: the key of a provider is public.
        guard let algorithm = header["alg"]?.string, algorithms.contains(algorithm) else {
            throw TokenRefusal("its algorithm is not one of \(algorithms.sorted().joined(separator: ", "))")
        }
        for name in ["crit", "zip", "enc"] where header[name] != nil {
            throw TokenRefusal("its header has \(name), which is not understood")
        }
        if let type = header["typ"] {
            guard let type = type.string, types.contains(type.lowercased()) else {
                throw TokenRefusal("it is a token of another type")
            }
        }
        if let keyID = header["kid"] {
            guard let keyID = keyID.string, (1...255).contains(keyID.utf8.count) else {
                throw TokenRefusal("its kid is not a short text")
            }
            self.keyID = keyID
        } else {
            keyID = nil
        }
        guard let claims = JSONValue(payload), case .object = claims else {
            throw TokenRefusal("its payload is not one JSON object without doubled members")
        }
        self.algorithm = algorithm
        self.claims = claims
        self.signature = signature
        signed = Array(text.utf8.prefix(parts[0].count + 1 + parts[1].count))
    }
}

/// Why a token is not believed, as the end of a sentence for the log. Holds nothing of the token.
struct TokenRefusal: Error, Sendable, Equatable, CustomStringConvertible {
    let description: String
    init(_ description: String) { self.description = description }
}
