import Identity

/// A signed-in browser, as the store remembers it. The token itself is only in the browser's cookie.
package struct Session: Sendable, Equatable {
    package let id: SessionID
    /// Who, as the last check of the membership found.
    package var principal: Principal
    /// What forms and scripts of our pages send along with an unsafe request.
    package let csrfToken: String
    /// Unix seconds, like every time here.
    package let created: Double
    package var lastSeen: Double
    /// When the session ends unless it is used before.
    package var idleExpires: Double
    /// When the session ends in any case.
    package let absoluteExpires: Double
    /// When the membership was checked last; at first, when the person signed in.
    package var membershipChecked: Double
    /// What the browser called itself at sign-in, at most 256 characters.
    package let userAgent: String
    /// The client's address at sign-in.
    package let address: String

    package init(
        id: SessionID, principal: Principal, csrfToken: String, created: Double, lastSeen: Double,
        idleExpires: Double, absoluteExpires: Double, membershipChecked: Double, userAgent: String, address: String
    ) {
        self.id = id
        self.principal = principal
        self.csrfToken = csrfToken
        self.created = created
        self.lastSeen = lastSeen
        self.idleExpires = idleExpires
        self.absoluteExpires = absoluteExpires
        self.membershipChecked = membershipChecked
        self.userAgent = userAgent
        self.address = address
    }

    /// A session that begins now, and the random bytes of its token.
    static func begin(
        for principal: Principal, limits: SessionLimits, userAgent: String, address: String, at now: Double
    ) -> (random: [UInt8], session: Session) {
        let random = SessionToken.random()
        let session = Session(
            id: SessionID(hashing: random), principal: principal, csrfToken: SessionToken.text(SessionToken.random()),
            created: now, lastSeen: now, idleExpires: now + min(limits.idle, limits.absolute),
            absoluteExpires: now + limits.absolute, membershipChecked: now,
            userAgent: String(userAgent.prefix(256)), address: String(address.prefix(64)))
        return (random, session)
    }
}
