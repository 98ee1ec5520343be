import Identity
import Logging
import OutboundHTTP

/// Sign-in with GitHub or a GitHub Enterprise Server by OAuth2 with PKCE. Flower's name for it is
/// `flower.views.auth.GithubLoginHandler`.
package struct GitHubProvider: SignInProvider {
    package let id: String
    package let displayName: String
    let endpoints: GitHubEndpoints
    let clientID: String
    let clientSecret: String
    let policy: AccessPolicy
    let http: OutboundHTTPClient
    let logger: Logger
    private let now: @Sendable () -> Double

    /// - Parameters:
    ///   - rules: those that can apply are used; without any everybody is refused with a message that names the option.
    ///   - http: a client whose allowed origins include `endpoints.origins`.
    ///   - now: Unix seconds.
    package init(
        id: String = "github", displayName: String? = nil, endpoints: GitHubEndpoints = .publicGitHub,
        clientID: String, clientSecret: String, rules: AccessPolicy, http: OutboundHTTPClient, logger: Logger,
        now: @escaping @Sendable () -> Double = WallTime.now
    ) {
        self.id = id
        self.endpoints = endpoints
        self.clientID = clientID
        self.clientSecret = clientSecret
        policy = rules.limited(to: id, .github)
        self.http = http
        self.logger = logger
        self.now = now
        self.displayName = displayName ?? (endpoints == .publicGitHub ? "GitHub" : "GitHub Enterprise")
    }

    package func begin(_ request: AuthorizationRequest) async -> Result<String, ProviderUnavailable> {
        // Always named: without it GitHub hands out whatever the person granted at some time before.
        let scope = policy.memberships.isEmpty ? "read:user user:email" : "read:user user:email read:org"
        let query = FormEncoding.encode([
            ("client_id", clientID), ("redirect_uri", request.redirectURI), ("response_type", "code"),
            ("scope", scope), ("state", request.state), ("code_challenge", request.proof.challenge),
            ("code_challenge_method", "S256"),
        ])
        return .success("\(endpoints.authorize)?\(query)")
    }

    package func finish(_ answer: AuthorizationAnswer) async -> ProviderDecision {
        let calls = GitHubCalls(provider: self)
        do throws(ProviderFailure) {
            let (tokens, scopes) = try await calls.token([
                ("grant_type", "authorization_code"), ("code", answer.code), ("redirect_uri", answer.redirectURI),
                ("code_verifier", answer.proof.verifier),
            ])
            return gate.judge(try await authorization(tokens, scopes, calls))
        } catch {
            logger.warning(
                "A sign-in by GitHub failed", metadata: ["reason": "\(error.reason)", "detail": "\(error.detail)"])
            return error.decision(provider: displayName)
        }
    }

    package func recheck(_ principal: Principal, _ authorization: ProviderAuthorization) async -> Recheck {
        let calls = GitHubCalls(provider: self)
        do throws(ProviderFailure) {
            var tokens = TokenAnswer.Tokens(access: authorization.accessToken, refresh: authorization.refreshToken)
            // Tokens of a GitHub App end after hours and come with a refresh token; those of an OAuth app do not end.
            if let expires = authorization.expires, let refresh = authorization.refreshToken, expires < now() + 60 {
                tokens = try await calls.token([("grant_type", "refresh_token"), ("refresh_token", refresh)]).tokens
            }
            var renewed = try await self.authorization(tokens, nil, calls)
            if tokens.lifetime == nil { renewed.expires = authorization.expires }
            return gate.judgeAgain(principal, renewed)
        } catch {
            return error.recheck(provider: displayName)
        }
    }

    package var signOutAddress: String? {
        endpoints.authorize.hasSuffix("/login/oauth/authorize")
            ? "\(endpoints.authorize.dropLast("/login/oauth/authorize".count))/logout" : nil
    }

    private var gate: AccessGate {
        AccessGate(provider: id, displayName: displayName, policy: policy, logger: logger)
    }

    /// What GitHub tells about the owner of a token.
    private func authorization(
        _ tokens: TokenAnswer.Tokens, _ answered: Set<String>?, _ calls: GitHubCalls
    ) async throws(ProviderFailure) -> ProviderAuthorization {
        if let answered, !GitHubScopes.readEmails(answered), policy.readsEmails || policy.rules.isEmpty {
            throw ProviderFailure(.emailScopeMissing, "token: the scope was reduced")
        }
        let (user, told) = try await calls.user(tokens.access)
        // Tokens of a GitHub App have permissions instead of scopes, told as an empty list.
        let scopes = (answered ?? told).flatMap { $0.isEmpty ? nil : $0 }
        var facts = PersonFacts(subject: "\(user.id)", name: user.login)
        if scopes.map(GitHubScopes.readEmails) ?? true { facts.emails = try await calls.verifiedEmails(tokens.access) }
        if !policy.memberships.isEmpty {
            facts.memberships = try await GitHubMemberships(calls: calls, user: user, token: tokens.access)
                .states(of: policy.memberships, mayRead: scopes.map(GitHubScopes.readOrganisations) ?? true)
        }
        return ProviderAuthorization(
            facts: facts, accessToken: tokens.access, refreshToken: tokens.refresh,
            expires: tokens.lifetime.map { now() + $0 })
    }
}
