/// The user name and password of a Basic `Authorization` field (RFC 7617), read strictly.
///
/// Bytes, not strings, are what counts: Swift's `==` takes differently composed letters as equal, which would make two
/// user names one.
package struct BasicCredentials: Sendable, Equatable {
    /// The most bytes of name, colon and password together.
    package static let maximumLength = 1024

    package let user: [UInt8]
    package let password: [UInt8]

    /// Name and password from a form; nil when they could not stand in a Basic field either.
    package init?(user: String, password: String) {
        self.init(user: Array(user.utf8), password: Array(password.utf8))
    }

    /// The field's value; nil for another scheme and for anything that is not well-formed: base64 with foreign
    /// characters or missing padding, invalid UTF-8, control bytes, no colon, an empty name, too much of it.
    package init?(authorization: String) {
        let value = authorization.utf8
        guard value.count <= Self.maximumLength * 4 / 3 + 16, value.count > 6,
            zip(value, "basic ".utf8).allSatisfy({ $0 | 0x20 == $1 | 0x20 })
        else { return nil }
        let encoded = value.dropFirst(6).drop { $0 == 0x20 }
        guard let decoded = StrictBase64.decode(Array(encoded)), String(validating: decoded, as: UTF8.self) != nil,
            let colon = decoded.firstIndex(of: UInt8(ascii: ":"))
        else { return nil }
        self.init(user: Array(decoded[..<colon]), password: Array(decoded[(colon + 1)...]))
    }

    private init?(user: [UInt8], password: [UInt8]) {
        let isControl = { (byte: UInt8) in byte < 0x20 || byte == 0x7F }
        guard !user.isEmpty, user.count + password.count < Self.maximumLength, !user.contains(UInt8(ascii: ":")),
            !user.contains(where: isControl), !password.contains(where: isControl)
        else { return nil }
        self.user = user
        self.password = password
    }
}

/// Base64 with padding (RFC 4648, section 4): no other characters, right length, unused bits zero.
private enum StrictBase64 {
    static func decode(_ text: [UInt8]) -> [UInt8]? {
        guard !text.isEmpty, text.count % 4 == 0 else { return nil }
        let padding = text.suffix(2).reversed().prefix { $0 == UInt8(ascii: "=") }.count
        var bytes: [UInt8] = []
        bytes.reserveCapacity(text.count / 4 * 3)
        var pending: UInt32 = 0
        var pendingBits = 0
        for character in text.dropLast(padding) {
            guard let value = value(of: character) else { return nil }
            pending = pending << 6 | value
            pendingBits += 6
            if pendingBits >= 8 {
                pendingBits -= 8
                bytes.append(UInt8(truncatingIfNeeded: pending >> UInt32(pendingBits)))
            }
        }
        guard pending & (1 << UInt32(pendingBits) - 1) == 0 else { return nil }
        return bytes
    }

    private static func value(of character: UInt8) -> UInt32? {
        switch character {
        case UInt8(ascii: "A")...UInt8(ascii: "Z"): UInt32(character - UInt8(ascii: "A"))
        case UInt8(ascii: "a")...UInt8(ascii: "z"): UInt32(character - UInt8(ascii: "a") + 26)
        case UInt8(ascii: "0")...UInt8(ascii: "9"): UInt32(character - UInt8(ascii: "0") + 52)
        case UInt8(ascii: "+"): 62
        case UInt8(ascii: "/"): 63
        default: nil
        }
    }
}
