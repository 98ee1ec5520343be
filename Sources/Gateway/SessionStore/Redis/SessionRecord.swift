import Foundation
import Identity

/// What Redis keeps of a session beside the times that change: JSON, sealed. Redis is often the broker too, and whoever
/// can write there must not be able to make a session, or read a name.
struct SessionRecord: Codable, Sendable {
    private let provider, subject, name: String
    private let email: String?
    private let role: String
    private let scope: Scope?
    private let csrfToken: String
    private let created, absoluteExpires, membershipChecked: Double
    private let userAgent, address: String

    init(_ session: Session) {
        let principal = session.principal
        (provider, subject, name) = (principal.provider, principal.subject, principal.name)
        email = principal.email
        role = principal.role.rawValue
        scope = principal.scope
        csrfToken = session.csrfToken
        (created, absoluteExpires) = (session.created, session.absoluteExpires)
        membershipChecked = session.membershipChecked
        (userAgent, address) = (session.userAgent, session.address)
    }

    /// Nil when this version does not know the role.
    func session(_ id: SessionID, lastSeen: Double, idle: Double) -> Session? {
        guard let role = Role(rawValue: role) else { return nil }
        return Session(
            id: id,
            principal: Principal(
                provider: provider, subject: subject, name: name, email: email, role: role, scope: scope),
            csrfToken: csrfToken, created: created, lastSeen: lastSeen,
            idleExpires: min(lastSeen + idle, absoluteExpires), absoluteExpires: absoluteExpires,
            membershipChecked: membershipChecked, userAgent: userAgent, address: address)
    }

    func sealed(_ keys: SealingKeys, for id: SessionID) throws -> [UInt8] {
        try keys.seal([UInt8](JSONEncoder().encode(self)), record: Self.purpose + id.bytes)
    }

    init(sealed: [UInt8], _ keys: SealingKeys, for id: SessionID) throws {
        let json = try keys.open(sealed, record: Self.purpose + id.bytes)
        self = try JSONDecoder().decode(SessionRecord.self, from: Data(json))
    }

    /// Keeps records apart from the credentials of the same session.
    private static let purpose = Array("record".utf8)
}
