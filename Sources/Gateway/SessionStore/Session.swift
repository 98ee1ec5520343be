import Identity

/// A signed-in browser, as the store remembers it. The token itself is only in the browser's cookie.
package struct Session: Sendable, Equatable {
    package let id: SessionID
    package let principal: Principal
    /// What forms and scripts of our pages send along with an unsafe request.
    package let csrfToken: String
    /// Unix seconds, like every time here.
    package let created: Double
    package var lastSeen: Double
    /// When the session ends unless it is used before.
    package var idleExpires: Double
    /// When the session ends in any case.
    package let absoluteExpires: Double
    /// What the browser called itself at sign-in, at most 256 characters.
    package let userAgent: String
    /// The client's address at sign-in.
    package let address: String

    package init(
        id: SessionID, principal: Principal, csrfToken: String, created: Double, lastSeen: Double,
        idleExpires: Double, absoluteExpires: Double, userAgent: String, address: String
    ) {
        self.id = id
        self.principal = principal
        self.csrfToken = csrfToken
        self.created = created
        self.lastSeen = lastSeen
        self.idleExpires = idleExpires
        self.absoluteExpires = absoluteExpires
        self.userAgent = userAgent
        self.address = address
    }
}
