/// The checks that every kind of token has in common (RFC 7519, section 4.1; RFC 8725).
struct TokenClaims: Sendable {
    /// Seconds that clocks may differ.
    static let leeway = 60.0
    /// A time beyond this is nonsense, not a far future.
    private static let latest = 1e11

    let values: JSONValue

    /// - Parameters:
    ///   - now: Unix seconds.
    ///   - maximumAge: seconds since the token was made; nil: any.
    func check(issuer: String, now: Double, maximumAge: Double?) throws(TokenRefusal) {
        guard let found = values["iss"]?.string, found.utf8.elementsEqual(issuer.utf8) else {
            throw TokenRefusal("it is not from the configured issuer")
        }
        guard let expires = time("exp") else { throw TokenRefusal("it has no time of expiry") }
        guard now < expires + Self.leeway else { throw TokenRefusal("it has expired") }
        if values["nbf"] != nil {
            guard let from = time("nbf"), now > from - Self.leeway else { throw TokenRefusal("it is not valid yet") }
        }
        if values["iat"] != nil || maximumAge != nil {
            guard let made = time("iat"), made < now + Self.leeway else {
                throw TokenRefusal("it was made at no time, or in the future")
            }
            if let maximumAge, now - made > maximumAge { throw TokenRefusal("it is too old for a sign-in") }
        }
    }

    /// The whole audience must be ours, or name us as the authorised party.
    func check(clientID: String) throws(TokenRefusal) {
        guard let audience = values["aud"]?.strings, audience.contains(where: { $0.utf8.elementsEqual(clientID.utf8) })
        else { throw TokenRefusal("it is for another client") }
        let party = values["azp"]
        if audience.count > 1 || party != nil {
            guard let party = party?.string, party.utf8.elementsEqual(clientID.utf8) else {
                throw TokenRefusal("it is for several clients, and not made for this one")
            }
        }
        guard audience.count <= 1 || audience.allSatisfy({ $0.utf8.elementsEqual(clientID.utf8) }) else {
            throw TokenRefusal("it is for clients that are not trusted as well")
        }
    }

    var subject: String? {
        guard let subject = values["sub"]?.string, (1...255).contains(subject.utf8.count),
            subject.utf8.allSatisfy({ $0 > 0x20 && $0 < 0x7F })
        else { return nil }
        return subject
    }

    private func time(_ name: String) -> Double? {
        guard let seconds = values[name]?.number, seconds > 0, seconds < Self.latest else { return nil }
        return seconds
    }
}
