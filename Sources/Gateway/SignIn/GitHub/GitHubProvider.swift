import Identity
import Logging
import OutboundHTTP

/// Sign-in with GitHub or a GitHub Enterprise Server by OAuth2 with PKCE. Flower's name for it is
/// `flower.views.auth.GithubLoginHandler`.
package struct GitHubProvider: SignInProvider {
    package let id = "github"
    package let displayName: String
    let endpoints: GitHubEndpoints
    let clientID: String
    let clientSecret: String
    let rules: AccessRules
    let http: OutboundHTTPClient
    let logger: Logger

    /// - Parameters:
    ///   - rules: whom to let in; `.nobody` refuses everybody with a message that names the option to set.
    ///   - http: a client whose allowed origins include `endpoints.origins`.
    package init(
        endpoints: GitHubEndpoints = .publicGitHub, clientID: String, clientSecret: String, rules: AccessRules,
        http: OutboundHTTPClient, logger: Logger
    ) {
        self.endpoints = endpoints
        self.clientID = clientID
        self.clientSecret = clientSecret
        self.rules = rules
        self.http = http
        self.logger = logger
        displayName = endpoints == .publicGitHub ? "GitHub" : "GitHub Enterprise"
    }

    package func authorizationURL(state: String, codeChallenge: String, redirectURI: String) -> String {
        let query = FormEncoding.encode([
            ("client_id", clientID), ("redirect_uri", redirectURI), ("response_type", "code"),
            // Always named: without it GitHub hands out whatever the person granted at some time before.
            ("scope", "read:user user:email"), ("state", state), ("code_challenge", codeChallenge),
            ("code_challenge_method", "S256"),
        ])
        return "\(endpoints.authorize)?\(query)"
    }

    package func finish(code: String, verifier: String, redirectURI: String) async -> ProviderDecision {
        let calls = GitHubCalls(provider: self)
        do throws(GitHubFailure) {
            let token = try await calls.token(code: code, verifier: verifier, redirectURI: redirectURI)
            let user = try await calls.user(token)
            let emails = try await calls.verifiedEmails(token)
            return decide(user, emails)
        } catch {
            logger.warning(
                "A sign-in by GitHub failed", metadata: ["reason": "\(error.reason)", "detail": "\(error.detail)"])
            return error.decision(provider: displayName)
        }
    }

    private func decide(_ user: GitHubUser, _ verified: [String]) -> ProviderDecision {
        guard let first = verified.first else {
            return .denied(
                message: """
                    You are \(user.login) at \(displayName), but no e-mail address of yours is verified there. Verify \
                    one in your \(displayName) settings and sign in again.
                    """)
        }
        guard let match = rules.match(verified: verified) else {
            logger.info(
                "A sign-in by GitHub was refused: no access rule matches", metadata: ["github.id": "\(user.id)"])
            return .denied(
                message: """
                    You are signed in at \(displayName) as \(user.login) with the verified address \(first), but no \
                    access rule lets you in here. To let you in, an administrator of this server adds the address to \
                    the option --auth, for example --auth=\(first) (several addresses are separated by |).
                    """)
        }
        return .accepted(
            Principal(provider: id, subject: "\(user.id)", name: user.login, email: match.email, role: match.role))
    }
}
