import Identity

/// One way to sign in with an account somewhere else.
package protocol SignInProvider: Sendable {
    /// Names the provider in paths, sessions and principals: `github`.
    var id: String { get }
    /// What people call it: `GitHub`.
    var displayName: String { get }
    /// Where the browser goes to sign in.
    func authorizationURL(state: String, codeChallenge: String, redirectURI: String) -> String
    /// Spends the code that came back and decides. Called once per flow, after its state was checked.
    func finish(code: String, verifier: String, redirectURI: String) async -> ProviderDecision
}

/// How a sign-in by a provider ended. The messages are for the person and contain nothing of our inside.
package enum ProviderDecision: Sendable, Equatable {
    case accepted(Principal)
    /// The provider knows the person, but the rules do not let them in (403).
    case denied(message: String)
    /// The provider or its set-up failed; trying again may help (502).
    case failed(message: String)
}
