import Identity
import Logging
import OutboundHTTP

/// Sign-in with OpenID Connect: Google, GitLab, Okta and every other issuer with discovery.
package struct OIDCProvider: SignInProvider {
    package var id: String { configuration.id }
    package var displayName: String { configuration.displayName }
    let configuration: OIDCConfiguration
    private let policy: AccessPolicy
    private let issuer: Issuer
    private let calls: OIDCCalls
    private let logger: Logger
    private let now: @Sendable () -> Double

    /// - Parameters:
    ///   - rules: those that can apply are used; without any everybody is refused with a message that names the option.
    ///   - http: a client whose allowed origins include `configuration.origins` and those of its directory.
    ///   - now: Unix seconds.
    ///   - monotonic: seconds of a clock that never goes back.
    package init(
        _ configuration: OIDCConfiguration, rules: AccessPolicy, http: OutboundHTTPClient, logger: Logger,
        now: @escaping @Sendable () -> Double = WallTime.now,
        monotonic: @escaping @Sendable () -> Double = PasswordAuthenticator.monotonicSeconds
    ) {
        self.configuration = configuration
        policy = rules.limited(to: configuration.id, configuration.kind)
        issuer = Issuer(url: configuration.issuer, origins: configuration.origins, http: http, now: monotonic)
        calls = OIDCCalls(configuration: configuration, http: http)
        self.logger = logger
        self.now = now
    }

    package func begin(_ request: AuthorizationRequest) async -> Result<String, ProviderUnavailable> {
        do throws(ProviderFailure) {
            let endpoint = try await issuer.endpoints().authorizationEndpoint
            var parameters = [
                ("client_id", configuration.clientID), ("redirect_uri", request.redirectURI),
                ("response_type", "code"), ("scope", scopes.joined(separator: " ")), ("state", request.state),
                ("nonce", request.proof.nonce), ("code_challenge", request.proof.challenge),
                ("code_challenge_method", "S256"),
            ]
            // Only a hint for the account chooser: what counts is the claim.
            if configuration.kind == .google, let domain = onlyGoogleDomain { parameters.append(("hd", domain)) }
            let query = FormEncoding.encode(parameters)
            return .success(endpoint + (endpoint.contains("?") ? "&" : "?") + query)
        } catch {
            log(error, "A provider of sign-in is not available")
            return .failure(ProviderUnavailable(message: error.message(displayName)))
        }
    }

    package func finish(_ answer: AuthorizationAnswer) async -> ProviderDecision {
        do throws(ProviderFailure) {
            let endpoints = try await issuer.endpoints()
            try check(answer.issuer, endpoints)
            let (tokens, answered) = try await calls.token(
                [
                    ("grant_type", "authorization_code"), ("code", answer.code),
                    ("redirect_uri", answer.redirectURI), ("code_verifier", answer.proof.verifier),
                ], endpoints)
            guard let text = answered.idToken else {
                throw ProviderFailure(.tokenNotTrusted, "token: there is no id_token")
            }
            let claims = try await rules.claims(
                of: text, nonce: answer.proof.nonce, accessToken: tokens.access, now: now())
            return gate.judge(try await authorization(tokens, answered.scope, [claims.values], endpoints))
        } catch {
            log(error, "A sign-in by a provider failed")
            return error.decision(provider: displayName)
        }
    }

    package func recheck(_ principal: Principal, _ authorization: ProviderAuthorization) async -> Recheck {
        do throws(ProviderFailure) {
            let endpoints = try await issuer.endpoints()
            var tokens = TokenAnswer.Tokens(access: authorization.accessToken, refresh: authorization.refreshToken)
            var expires = authorization.expires
            var values: [JSONValue] = []
            if let end = expires, end < now() + 60 {
                guard let refresh = authorization.refreshToken else {
                    // The provider cannot be asked any more: the rules are judged on what it vouched for.
                    var kept = authorization
                    kept.facts.memberships = try await directoryMemberships(kept.facts, kept.facts.memberships)
                    return gate.judgeAgain(principal, kept)
                }
                let (renewed, answered) = try await calls.token(
                    [("grant_type", "refresh_token"), ("refresh_token", refresh)], endpoints)
                tokens = renewed
                tokens.refresh = renewed.refresh ?? refresh
                expires = renewed.lifetime.map { now() + $0 }
                if let text = answered.idToken {
                    values = [
                        try await rules.claims(of: text, nonce: nil, accessToken: tokens.access, now: now()).values
                    ]
                    guard values[0]["sub"]?.string == principal.subject else {
                        return .ended(reason: "\(displayName) renewed the token for another account")
                    }
                }
            }
            var current = try await self.authorization(
                tokens, nil, values, endpoints, subject: principal.subject, known: authorization.facts)
            current.expires = expires
            return gate.judgeAgain(principal, current)
        } catch {
            // Nothing that a provider sends may end a session by mistake of its own; what it says of the token does.
            return error.recheck(provider: displayName)
        }
    }

    package var signOutAddress: String? { get async { await issuer.endSessionEndpoint } }

    private var gate: AccessGate {
        AccessGate(provider: id, displayName: displayName, policy: policy, logger: logger)
    }

    private var rules: IDTokenRules {
        IDTokenRules(issuer: issuer, clientID: configuration.clientID, algorithms: configuration.algorithms)
    }

    private var scopes: [String] {
        let needsGroups = !policy.memberships.isEmpty && configuration.kind == .gitlab
        return needsGroups && !configuration.scopes.contains("read_api")
            ? configuration.scopes + ["read_api"] : configuration.scopes
    }

    private var onlyGoogleDomain: String? {
        let domains = policy.rules.map { rule in
            rule.requirements.joined().compactMap { if case .googleDomain(let domain) = $0 { domain } else { nil } }
        }
        guard let first = domains.first, first.count == 1, domains.allSatisfy({ $0 == first }) else { return nil }
        return first[0]
    }

    /// RFC 9207: an answer of another issuer must not be taken for this one's.
    private func check(_ answered: String?, _ endpoints: ProviderMetadata) throws(ProviderFailure) {
        if let answered {
            guard answered.utf8.elementsEqual(configuration.issuer.text.utf8) else {
                throw ProviderFailure(.tokenNotTrusted, "callback: iss is another issuer")
            }
        } else if endpoints.sendsIssuer {
            throw ProviderFailure(.tokenNotTrusted, "callback: iss is missing")
        }
    }

    /// What the provider tells about the owner of the tokens.
    private func authorization(
        _ tokens: TokenAnswer.Tokens, _ scope: String?, _ claims: [JSONValue], _ endpoints: ProviderMetadata,
        subject known: String? = nil, known old: PersonFacts? = nil
    ) async throws(ProviderFailure) -> ProviderAuthorization {
        guard let subject = known ?? claims.first?["sub"]?.string else {
            throw ProviderFailure(.tokenNotTrusted, "id_token: there is no subject")
        }
        let granted = scope.map { Set($0.split(separator: " ").map(String.init)) }
        let reader = OIDCFacts(configuration: configuration, scopes: granted)
        var values = claims
        if let endpoint = endpoints.userInfoEndpoint, old != nil || claims.allSatisfy({ reader.lacks($0, policy) }) {
            values.append(try await calls.userInfo(endpoint, tokens.access, subject: subject))
        }
        var facts = reader.facts(subject: subject, values)
        if let old {
            // What this answer says nothing about stays as it was vouched for.
            let says = { (claim: String) in values.contains { $0[claim] != nil } }
            if !says(configuration.groupsClaim) { facts.groups = old.groups }
            if !says("email") { facts.emails = old.emails }
            if !says("hd") { facts.hostedDomain = old.hostedDomain }
            if facts.name == subject { facts.name = old.name }
        }
        if configuration.kind == .gitlab, !policy.memberships.isEmpty {
            facts.memberships = try await GitLabGroups(
                calls: calls, base: configuration.issuer.text, token: tokens.access
            )
            .states(of: policy.memberships, mayRead: granted?.contains("read_api") ?? true)
        }
        facts.memberships = try await directoryMemberships(facts, facts.memberships)
        return ProviderAuthorization(
            facts: facts, accessToken: tokens.access, refreshToken: tokens.refresh,
            expires: tokens.lifetime.map { now() + $0 })
    }

    private func directoryMemberships(
        _ facts: PersonFacts, _ found: [Membership: MembershipState]
    ) async throws(ProviderFailure) -> [Membership: MembershipState] {
        guard configuration.kind == .google, !policy.memberships.isEmpty else { return found }
        guard let directory = configuration.googleDirectory else {
            throw ProviderFailure(.clientMisconfigured, "google_group needs google_service_account_file")
        }
        return try await directory.states(of: policy.memberships, emails: facts.emails, calls: calls, now: now())
    }

    private func log(_ failure: ProviderFailure, _ message: Logger.Message) {
        logger.warning(
            message,
            metadata: ["provider": "\(id)", "reason": "\(failure.reason.rawValue)", "detail": "\(failure.detail)"])
    }
}
