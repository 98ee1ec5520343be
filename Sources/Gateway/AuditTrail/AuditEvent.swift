import Identity

/// One thing that happened and that somebody may have to answer for. Never holds a password, token, code or cookie.
package struct AuditEvent: Sendable, Equatable {
    package enum Kind: String, Sendable, CaseIterable {
        case signIn = "sign_in"
        case signInRefused = "sign_in_refused"
        case signOut = "sign_out"
        case sessionEnded = "session_ended"
        /// Somebody who is signed in asked for what they may not do.
        case denied
        /// Something was done, or tried, in the cluster.
        case action
        case tokenCreated = "token_created"
        case tokenRevoked = "token_revoked"
        case tokenRefused = "token_refused"
        case passwordReset = "password_reset"
        case configurationReloaded = "configuration_reloaded"
        /// About the record itself: it begins, old entries were removed, somebody else changed it.
        case record
    }

    package enum Result: String, Sendable, CaseIterable {
        case ok, refused, failed
    }

    package var kind: Kind
    package var result: Result
    /// Unix seconds; kept to the millisecond.
    package var time: Double
    package var provider = ""
    package var subject = ""
    /// What pages call the person or token.
    package var name = ""
    package var role = ""
    /// With what: `session 1a2b3c4d`, `token grafana`, `password`.
    package var credential = ""
    /// The client's address.
    package var client = ""
    /// As in the access log and in the answer's `X-Request-ID`.
    package var requestID = ""
    /// What was done or asked for: `pool.grow`, or method and path.
    package var action = ""
    /// Why it was refused or ended, one sentence or word.
    package var reason = ""
    /// A JSON object: targets, parameters and outcome of an action.
    package var detail = ""

    package init(_ kind: Kind, _ result: Result = .ok, time: Double) {
        self.kind = kind
        self.result = result
        self.time = time
    }

    /// Says who it was.
    package mutating func by(_ principal: Principal, with credential: String) {
        (provider, subject, name) = (principal.provider, principal.subject, principal.name)
        role = principal.role.rawValue
        self.credential = credential
    }

    /// The time as it is stored and hashed.
    var milliseconds: Int64 { Int64((time * 1000).rounded()) }

    /// Every text, in the order in which they are hashed.
    package var texts: [String] {
        [
            kind.rawValue, result.rawValue, provider, subject, name, role, credential, client, requestID, action,
            reason, detail,
        ]
    }

    /// The same with every text cut to what one entry may hold.
    func bounded() -> AuditEvent {
        func cut(_ text: String, _ length: Int) -> String {
            text.utf8.count <= length ? text : String(text.unicodeScalars.prefix(length / 4))
        }
        var event = self
        event.provider = cut(provider, 256)
        event.subject = cut(subject, 1024)
        event.name = cut(name, 1024)
        event.credential = cut(credential, 256)
        event.client = cut(client, 256)
        event.requestID = cut(requestID, 64)
        event.action = cut(action, 2048)
        event.reason = cut(reason, 1024)
        if detail.utf8.count > Self.longestDetail { event.detail = "{\"omitted\":\"too long\"}" }
        return event
    }

    private static let longestDetail = 8192
}

/// An event in its place in the record.
package struct AuditEntry: Sendable, Equatable {
    /// From 1, without gaps.
    package let number: Int64
    package let event: AuditEvent
    /// 32 bytes: over the entry before and this one.
    package let hash: [UInt8]

    package var hashText: String { AuditChain.hex(hash) }
}
