/// Whether an unsafe request may come from the page that sent it (the CSRF rules). Pure.
struct CrossSitePolicy: Sendable {
    /// What the request proves its sender with.
    enum Credential: Equatable {
        /// A session cookie; the session's CSRF token must come along.
        case session(token: String)
        /// An Authorization field and no session.
        case authorization
    }

    enum Verdict: Equatable {
        case allowed
        case foreignOrigin
        case tokenMissing
        case tokenWrong
    }

    /// - Parameters:
    ///   - ownOrigin: scheme and authority as browsers see this service, lower case.
    ///   - token: what the request carries in `X-CSRF-Token` or the form field `_csrf`.
    static func judge(
        _ credential: Credential, origin: String?, secFetchSite: String?, ownOrigin: String, token: String?
    ) -> Verdict {
        switch credential {
        case .session(let expected):
            guard isOwn(origin: origin, secFetchSite: secFetchSite, ownOrigin: ownOrigin) else { return .foreignOrigin }
            guard let token else { return .tokenMissing }
            return ConstantTime.equal(token, expected) ? .allowed : .tokenWrong
        case .authorization:
            // Scripts send neither field. A browser that remembers a password always sends at least one.
            if let origin, !same(origin, ownOrigin) { return .foreignOrigin }
            if let secFetchSite, !secFetchSite.equalsFoldingASCII("same-origin") { return .foreignOrigin }
            return .allowed
        }
    }

    /// `Origin` decides; without it the browser's own word in `Sec-Fetch-Site` does; without both, nobody vouches.
    static func isOwn(origin: String?, secFetchSite: String?, ownOrigin: String) -> Bool {
        if let origin { return same(origin, ownOrigin) }
        return secFetchSite?.equalsFoldingASCII("same-origin") ?? false
    }

    private static func same(_ origin: String, _ ownOrigin: String) -> Bool {
        origin.utf8.count == ownOrigin.utf8.count
            && zip(origin.utf8, ownOrigin.utf8).allSatisfy { ($0.isUpperASCII ? $0 | 0x20 : $0) == $1 }
    }
}

/// Comparison whose time does not tell how much was equal.
enum ConstantTime {
    static func equal(_ left: String, _ right: String) -> Bool {
        guard left.utf8.count == right.utf8.count, !left.isEmpty else { return false }
        var difference: UInt8 = 0
        for (one, other) in zip(left.utf8, right.utf8) { difference |= one ^ other }
        return difference == 0
    }
}
