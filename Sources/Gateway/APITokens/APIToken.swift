import Crypto
import Identity

/// What a token may be used for, besides what its role allows.
package enum TokenScope: String, Sendable, CaseIterable, Comparable {
    /// Pages and the API, reading.
    case read
    /// `/metrics`.
    case metrics
    /// Everything that changes something.
    case operate

    package static func < (left: TokenScope, right: TokenScope) -> Bool {
        (allCases.firstIndex(of: left) ?? 0) < (allCases.firstIndex(of: right) ?? 0)
    }

    /// What a token gets when nobody says: all that its role can use.
    package static func usual(for role: Role) -> Set<TokenScope> {
        role == .viewer ? [.read, .metrics] : [.read, .metrics, .operate]
    }

    /// The one that `method` on `path` (canonical, without prefix) needs.
    package static func needed(isSafe: Bool, path: String) -> TokenScope {
        if !isSafe { return .operate }
        return path == "/metrics" ? .metrics : .read
    }
}

/// A credential for programs. The token itself was shown once; what is kept names it without being able to use it.
package struct APIToken: Sendable, Equatable {
    /// SHA-256 of the token, 32 bytes.
    package let hash: [UInt8]
    package let name: String
    package let role: Role
    package let scopes: Set<TokenScope>
    /// Unix seconds, like every time here.
    package let created: Double
    /// Who made it, as `provider:name`, or `command line`.
    package let createdBy: String
    /// Nil: it does not end by itself.
    package let expires: Double?
    package var lastUsed: Double?
    /// The client's address then.
    package var lastAddress = ""

    package init(
        hash: [UInt8], name: String, role: Role, scopes: Set<TokenScope>, created: Double, createdBy: String,
        expires: Double?, lastUsed: Double? = nil, lastAddress: String = ""
    ) {
        self.hash = hash
        self.name = name
        self.role = role
        self.scopes = scopes
        self.created = created
        self.createdBy = createdBy
        self.expires = expires
        self.lastUsed = lastUsed
        self.lastAddress = lastAddress
    }

    /// 8 hexadecimal digits, for lists and commands.
    package var id: String { hash.prefix(4).map(Base64URL.hex).joined() }

    package func isExpired(at now: Double) -> Bool { expires.map { now >= $0 } ?? false }

    /// For the audit trail: `token 1a2b3c4d, viewer, read,metrics`.
    package var summary: String { "token \(id), \(role.rawValue), \(TokenFields.text(scopes))" }

    package var principal: Principal { Principal(provider: Self.provider, subject: id, name: name, role: role) }

    /// Principals of this provider are tokens.
    package static let provider = "token"
}

/// The text of a token: `calyx_` and 32 random bytes in base64url. The prefix lets scanners of repositories find it.
package enum TokenText {
    package static let prefix = "calyx_"

    /// A new token, and the hash under which it is kept.
    package static func random() -> (text: String, hash: [UInt8]) {
        var generator = SystemRandomNumberGenerator()
        let bytes = (0..<32).map { _ in UInt8.random(in: .min ... .max, using: &generator) }
        return (prefix + Base64URL.encode(bytes), hash(bytes))
    }

    /// Nil for what has not the form of a token.
    package static func hash(of text: some StringProtocol) -> [UInt8]? {
        let utf8 = text.utf8
        guard utf8.count == prefix.utf8.count + 43, utf8.starts(with: prefix.utf8),
            let bytes = Base64URL.decode(utf8.dropFirst(prefix.utf8.count))
        else { return nil }
        return hash(bytes)
    }

    private static func hash(_ bytes: [UInt8]) -> [UInt8] {
        var hash = SHA256()
        hash.update(data: Array("calyx token 1".utf8))
        hash.update(data: bytes)
        return Array(hash.finalize())
    }
}
