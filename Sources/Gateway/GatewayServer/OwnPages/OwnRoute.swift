/// The gateway's own paths. Everything else is the core's.
enum OwnRoute: Equatable {
    case health
    case signIn
    case asset(String)
    case startSignIn(provider: String)
    case callback(provider: String)
    case signOut
    case access(AccessRoute)
    /// Kept for the gateway; nothing is there.
    case reserved
}

/// Tells the gateway's own paths from the core's. Exact paths, canonical and without prefix.
struct OwnRoutes: Sendable {
    /// The callback paths of providers that have one of their own.
    let callbacks: [SignInCallbacks.Path]

    func route(path: String, query: String?) -> OwnRoute? {
        for callback in callbacks
        where path == callback.path && (path != "/login" || Self.isCallback(query)) {
            return .callback(provider: callback.provider)
        }
        guard let second = path.utf8.dropFirst().first, Self.firstLetters.contains(second) else { return nil }
        // Nearly everything that is asked for; ours of the API are `/api/access` and `/api/audit`.
        if path.utf8.starts(with: "/api/".utf8), !path.utf8.starts(with: "/api/a".utf8) { return nil }
        if let access = AccessRoute(path: path) { return .access(access) }
        switch path {
        case "/healthcheck": return .health
        case "/login", "/login/": return .signIn
        case "/logout": return .signOut
        case "/auth/verify", "/api/access", "/oauth2": return .reserved
        default: break
        }
        if let name = Self.rest(of: path, after: "/login/assets/") { return .asset(name) }
        if let provider = Self.rest(of: path, after: "/oauth2/start/") { return .startSignIn(provider: provider) }
        if let provider = Self.rest(of: path, after: "/oauth2/callback/") {
            // Who has an address of its own is not answered elsewhere.
            return callbacks.contains { $0.provider == provider } ? .reserved : .callback(provider: provider)
        }
        let isReserved = ["/access/", "/api/access/", "/oauth2/", "/login/"].contains {
            path.utf8.starts(with: $0.utf8)
        }
        return isReserved ? .reserved : nil
    }

    /// The last segment of `path` when the others are `root`.
    private static func rest(of path: String, after root: String) -> String? {
        guard path.utf8.starts(with: root.utf8) else { return nil }
        let rest = path.utf8.dropFirst(root.utf8.count)
        guard !rest.isEmpty, !rest.contains(UInt8(ascii: "/")) else { return nil }
        return String(Substring(rest))
    }

    /// A provider's answer carries `code` or `error`; a plain visit to the page does not.
    private static func isCallback(_ query: String?) -> Bool {
        guard let query, let fields = FormFields(query.utf8) else { return false }
        return fields.contains("code") || fields.contains("error") || fields.contains("state")
    }

    private static let firstLetters = ByteSet("hloa")
}
