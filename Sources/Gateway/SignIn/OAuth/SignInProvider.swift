import Identity

/// One way to sign in with an account somewhere else.
package protocol SignInProvider: Sendable {
    /// Names the provider in paths, sessions and principals: `github`.
    var id: String { get }
    /// What people call it: `GitHub`.
    var displayName: String { get }
    /// Where the browser goes to sign in. Fails with a sentence for the person when the provider cannot be reached.
    func begin(_ request: AuthorizationRequest) async -> Result<String, ProviderUnavailable>
    /// Spends the code that came back and decides. Called once per flow, after its state was checked.
    func finish(_ answer: AuthorizationAnswer) async -> ProviderDecision
    /// Judges a signed-in person again, without the person: is the account still there, do the rules still let it in?
    ///
    /// Asks the provider; may take as long as its deadlines. Call it for one session of a principal at a time.
    func recheck(_ principal: Principal, _ authorization: ProviderAuthorization) async -> Recheck
    /// Where the person can end the session at the provider itself.
    var signOutAddress: String? { get async }
}

/// A sign-in that begins.
package struct AuthorizationRequest: Sendable {
    package let state: String
    package let proof: SignInProof
    package let redirectURI: String

    package init(state: String, verifier: String, redirectURI: String) {
        self.state = state
        proof = SignInProof(verifier: verifier)
        self.redirectURI = redirectURI
    }
}

/// What a provider sent back with the browser.
package struct AuthorizationAnswer: Sendable {
    package let code: String
    package let proof: SignInProof
    package let redirectURI: String
    /// The `iss` parameter (RFC 9207).
    package let issuer: String?

    package init(code: String, verifier: String, redirectURI: String, issuer: String? = nil) {
        self.code = code
        proof = SignInProof(verifier: verifier)
        self.redirectURI = redirectURI
        self.issuer = issuer
    }
}

/// A sentence for the person.
package struct ProviderUnavailable: Error, Sendable, Equatable {
    package let message: String
    package init(message: String) { self.message = message }
}

/// How a sign-in by a provider ended. The messages are for the person and contain nothing of our inside.
package enum ProviderDecision: Sendable, Equatable {
    case accepted(Principal, ProviderAuthorization)
    /// The provider knows the person, but the rules do not let them in (403).
    case denied(message: String)
    /// The provider or its set-up failed; trying again may help (502).
    case failed(message: String)
}
