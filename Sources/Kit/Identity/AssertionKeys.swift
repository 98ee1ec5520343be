import Crypto

/// The HMAC keys shared by gateway and core: the first signs, all verify, so that a key can be rotated without a gap.
package struct AssertionKeys: Sendable {
    /// Fewer bytes than this are refused as a key.
    package static let minimumKeyLength = 32

    /// Bytes of a field that is looked at.
    private static let longestField = 16_384

    private struct Key: Sendable {
        /// The first 8 hex digits of the key's SHA-256, so that both ends name a key alike without configuring names.
        let id: String
        let key: SymmetricKey
        /// SHA-256 that has taken the key's block of each of HMAC's two passes (RFC 2104): what every signature begins with.
        let inner: SHA256
        let outer: SHA256

        init(_ secret: [UInt8]) {
            id = SHA256.hash(data: secret).prefix(4).map { Base64URL.hex($0) }.joined()
            key = SymmetricKey(data: secret)
            let short = secret.count > SHA256.blockByteCount ? Array(SHA256.hash(data: secret)) : secret
            let block = short + [UInt8](repeating: 0, count: SHA256.blockByteCount - short.count)
            var inner = SHA256(), outer = SHA256()
            inner.update(data: block.map { $0 ^ 0x36 })
            outer.update(data: block.map { $0 ^ 0x5c })
            (self.inner, self.outer) = (inner, outer)
        }

        func authenticationCode(for bytes: [UInt8]) -> SHA256.Digest {
            var inner = inner, outer = outer
            bytes.withUnsafeBytes { inner.update(bufferPointer: $0) }
            inner.finalize().withUnsafeBytes { outer.update(bufferPointer: $0) }
            return outer.finalize()
        }
    }

    private let keys: [Key]

    /// Keys in order of preference. Fails when there is none, or one is shorter than `minimumKeyLength` bytes.
    package init?(_ secrets: [[UInt8]]) {
        guard !secrets.isEmpty, secrets.allSatisfy({ $0.count >= Self.minimumKeyLength }) else { return nil }
        keys = secrets.map(Key.init)
    }

    /// The value of the `Calyx-Assertion` field for `assertion`.
    package func sign(_ assertion: RequestAssertion) -> String {
        let signing = keys[0]
        var payload: [UInt8] = []
        payload.reserveCapacity(160)
        AssertionPayload.write(assertion, to: &payload)
        var value: [UInt8] = []
        value.reserveCapacity(payload.count * 4 / 3 + 64)
        value.append(contentsOf: (assertion.principal.scope == nil ? "1." : "2.").utf8)
        value.append(contentsOf: signing.id.utf8)
        value.append(UInt8(ascii: "."))
        payload.withUnsafeBytes { Base64URL.append($0, to: &value) }
        let mac = signing.authenticationCode(for: value)
        value.append(UInt8(ascii: "."))
        mac.withUnsafeBytes { Base64URL.append($0, to: &value) }
        return String(decoding: value, as: UTF8.self)
    }

    /// The assertion in `value`, when one of the keys signed it, it has not expired at `now` (unix seconds), and it was
    /// made for this very request.
    package func verify(
        _ value: String?, method: String, path: String, now: Int64
    ) throws(AssertionError) -> RequestAssertion {
        guard let value else { throw .missing }
        let bytes = Array(value.utf8)
        guard bytes.count <= Self.longestField else { throw .malformed }
        let parts = bytes.split(separator: UInt8(ascii: "."), maxSplits: 4, omittingEmptySubsequences: false)
        guard parts.count == 4 else { throw .malformed }
        let isScoped = parts[0].elementsEqual("2".utf8)
        guard isScoped || parts[0].elementsEqual("1".utf8) else { throw .unknownVersion }
        guard let key = keys.first(where: { $0.id.utf8.elementsEqual(parts[1]) }) else { throw .unknownKey }
        guard let mac = Base64URL.decode(parts[3]), let payload = Base64URL.decode(parts[2]) else { throw .malformed }
        let signed = bytes[..<(bytes.count - parts[3].count - 1)]
        guard HMAC<SHA256>.isValidAuthenticationCode(mac, authenticating: signed, using: key.key) else {
            throw .badSignature
        }
        guard let assertion = AssertionPayload.read(payload, isScoped: isScoped) else { throw .malformed }
        guard assertion.expires > now else { throw .expired }
        guard assertion.expires - now <= RequestAssertion.maximumLifetime + 5 else { throw .lifetimeTooLong }
        guard assertion.method.utf8.elementsEqual(method.utf8), assertion.path.utf8.elementsEqual(path.utf8) else {
            throw .otherRequest
        }
        return assertion
    }
}

/// The signed bytes: each text as a 16-bit big-endian length and its UTF-8, then the expiry as 64 bits, then the scope if
/// there is one. Length prefixes keep two different assertions from ever having the same bytes.
private enum AssertionPayload {
    static func write(_ assertion: RequestAssertion, to bytes: inout [UInt8]) {
        let principal = assertion.principal
        for text in [
            principal.provider, principal.subject, principal.name, principal.email ?? "", principal.role.rawValue,
            assertion.method, assertion.path, assertion.prefix, assertion.csrfToken, assertion.requestID,
        ] {
            let count = min(text.utf8.count, Int(UInt16.max))
            bytes.append(UInt8(truncatingIfNeeded: count >> 8))
            bytes.append(UInt8(truncatingIfNeeded: count))
            // Without a pointer, texts are appended byte by byte.
            let isWhole: Void? = text.utf8.withContiguousStorageIfAvailable {
                bytes.append(contentsOf: UnsafeBufferPointer(rebasing: $0[..<count]))
            }
            if isWhole == nil { bytes.append(contentsOf: text.utf8.prefix(count)) }
        }
        for shift in stride(from: 56, through: 0, by: -8) {
            bytes.append(UInt8(truncatingIfNeeded: assertion.expires >> Int64(shift)))
        }
        if let scope = principal.scope { bytes.append(contentsOf: scope.encoded) }
    }

    static func read(_ bytes: [UInt8], isScoped: Bool) -> RequestAssertion? {
        var rest = bytes[...]
        func text() -> String? {
            guard rest.count >= 2 else { return nil }
            let high = Int(rest[rest.startIndex]), low = Int(rest[rest.startIndex + 1])
            let length = high << 8 | low
            rest = rest.dropFirst(2)
            guard rest.count >= length else { return nil }
            defer { rest = rest.dropFirst(length) }
            return String(validating: rest.prefix(length), as: UTF8.self)
        }
        guard let provider = text(), let subject = text(), let name = text(), let email = text(),
            let roleName = text(), let role = Role(rawValue: roleName), let method = text(), let path = text(),
            let prefix = text(), let csrfToken = text(), let requestID = text(), rest.count >= 8
        else { return nil }
        let scoped = rest.dropFirst(8)
        let scope = isScoped ? Scope(encoded: scoped) : nil
        guard isScoped ? scope != nil : scoped.isEmpty else { return nil }
        let expires = rest.prefix(8).reduce(Int64(0)) { $0 << 8 | Int64($1) }
        return RequestAssertion(
            principal: Principal(
                provider: provider, subject: subject, name: name, email: email.isEmpty ? nil : email, role: role,
                scope: scope),
            method: method, path: path, prefix: prefix, csrfToken: csrfToken, requestID: requestID, expires: expires)
    }
}
