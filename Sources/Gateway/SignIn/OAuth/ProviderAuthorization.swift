import Identity

/// What is kept of a sign-in by a provider, to judge the person again later. Secret: it is stored encrypted only.
package struct ProviderAuthorization: Sendable, Equatable, Codable {
    /// What the provider vouched for last.
    package var facts: PersonFacts
    package var accessToken: String
    package var refreshToken: String?
    /// Unix seconds when the access token ends; nil: not told.
    package var expires: Double?

    package init(facts: PersonFacts, accessToken: String, refreshToken: String? = nil, expires: Double? = nil) {
        self.facts = facts
        self.accessToken = accessToken
        self.refreshToken = refreshToken
        self.expires = expires
    }
}

/// What came of judging a signed-in person again.
package enum Recheck: Sendable, Equatable {
    /// Still let in, perhaps with another role or other limits. The authorization replaces the stored one: a refresh token
    /// may be good only once.
    case allowed(Principal, ProviderAuthorization)
    /// The account, the token or the membership is gone: the session ends. The reason is for the log and the audit trail.
    case ended(reason: String)
    /// The provider did not answer, or limits requests: the session goes on and is asked again later.
    case unavailable(reason: String)
}
