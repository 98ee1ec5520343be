import APITokens
import Identity

/// The gateway's own paths for who is signed in: each needs a role, and a token if the method changes something.
enum AccessRoute: Equatable {
    case overview
    case sessions, endSession, endSessions
    case tokens, createToken, revokeToken
    case audit, auditEntries
    case proxy

    /// `path` is canonical and without prefix.
    init?(path: String) {
        switch path {
        case "/access": self = .overview
        case "/access/sessions": self = .sessions
        case "/access/sessions/end": self = .endSession
        case "/access/sessions/end-all": self = .endSessions
        case "/access/tokens": self = .tokens
        case "/access/tokens/create": self = .createToken
        case "/access/tokens/revoke": self = .revokeToken
        case "/audit": self = .audit
        case "/api/audit": self = .auditEntries
        case "/access/proxy": self = .proxy
        default: return nil
        }
    }

    /// Reading, or changing something by POST.
    var isReading: Bool {
        switch self {
        case .overview, .sessions, .tokens, .audit, .auditEntries, .proxy: true
        case .endSession, .endSessions, .createToken, .revokeToken: false
        }
    }

    var methods: String { isReading ? "GET, HEAD" : "POST" }

    func answers(_ method: RequestMethod) -> Bool { isReading ? method == .get || method == .head : method == .post }

    /// Everybody ends their own sessions; whose a session is, is looked at when it is ended.
    var role: Role {
        switch self {
        case .overview, .sessions, .endSession, .endSessions: .viewer
        case .tokens, .createToken, .revokeToken, .audit, .auditEntries, .proxy: .admin
        }
    }
}
