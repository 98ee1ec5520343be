/// A sign-in by a provider that has begun and not ended: what the callback needs and the browser must not choose.
package struct SignInFlow: Sendable, Equatable, Codable {
    /// A flow that is older than this, in seconds, is over.
    package static let lifetime = 600.0

    /// 256 random bits that travel through the provider and back.
    package let state: String
    /// Which provider may answer: `SignInProvider.id`.
    package let provider: String
    /// The PKCE code verifier (RFC 7636).
    package let verifier: String
    /// A canonical local path to go to afterwards.
    package let returnTo: String
    /// The callback URL that was sent to the provider; the token request repeats it.
    package let redirectURI: String
    /// Unix seconds.
    package let created: Double

    package init(
        state: String, provider: String, verifier: String, returnTo: String, redirectURI: String, created: Double
    ) {
        self.state = state
        self.provider = provider
        self.verifier = verifier
        self.returnTo = returnTo
        self.redirectURI = redirectURI
        self.created = created
    }
}
