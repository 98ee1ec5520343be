import Crypto
import CryptoExtras
import Foundation
import Identity
import OutboundHTTP
import RawHTTPServer
import SignIn
import Synchronization

/// An OpenID Connect provider on a loopback port that answers as a test wants it, signed with real keys.
final class StandInIssuer: Sendable {
    struct Key: Sendable {
        let id: String
        let ec = P256.Signing.PrivateKey()

        var jwk: [String: String] {
            let point = ec.publicKey.rawRepresentation
            return [
                "kty": "EC", "crv": "P-256", "kid": id, "use": "sig", "alg": "ES256",
                "x": Base64URL.encode(Array(point.prefix(32))), "y": Base64URL.encode(Array(point.suffix(32))),
            ]
        }

        func sign(_ input: String) -> [UInt8] {
            guard let signature = try? ec.signature(for: Data(input.utf8)) else { return [] }
            return Array(signature.rawRepresentation)
        }
    }

    struct State: Sendable {
        var signing = Key(id: "one")
        var published: [[String: String]] = []
        /// Laid over the usual discovery document; an empty text takes a member away.
        var discovery: [String: String] = [:]
        var sendsIssuer = false
        /// JSON texts, laid over the usual claims; an empty text takes a member away.
        var claims: [String: String] = [:]
        var header: [String: String] = [:]
        /// The whole id_token, instead of the usual one.
        var idToken: (@Sendable (String) -> String)?
        var token: [String: String] = [:]
        var tokenReply: RawHTTPServer.Reply?
        var userInfo: RawHTTPServer.Reply?
        var userInfoClaims: [String: String] = [:]
        var other: [String: RawHTTPServer.Reply] = [:]
        var isDown = false
        var nonce = ""
        var now = Date().timeIntervalSince1970
    }

    static let clientID = "calyx client"
    static let clientSecret = "s&cret"
    static let accessToken = "acc3ss"

    let state = Mutex(State())
    private let box: Mutex<RawHTTPServer?> = Mutex(nil)

    init() throws {
        let server = try RawHTTPServer { [weak self] request in self?.reply(request) ?? .answer(503, "{}") }
        box.withLock { $0 = server }
        state.withLock { $0.published = [$0.signing.jwk] }
    }

    func stop() { server?.stop() }
    private var server: RawHTTPServer? { box.withLock { $0 } }
    var url: String { server?.url ?? "" }
    var requests: [RawHTTPServer.Request] { server?.requests ?? [] }
    func count(_ path: String) -> Int { requests.filter { $0.target.hasPrefix(path) }.count }
    func change(_ change: (inout State) -> Void) { state.withLock { change(&$0) } }

    private func reply(_ request: RawHTTPServer.Request) -> RawHTTPServer.Reply {
        let state = state.withLock { $0 }
        if state.isDown { return .answer(503, "down") }
        let path = String(request.target.split(separator: "?")[0])
        if let other = state.other[path] ?? state.other[request.target] { return other }
        switch path {
        case "/.well-known/openid-configuration": return .answer(200, discovery(state))
        case "/keys":
            let keys = state.published.map { key in Self.object(key.mapValues { "\"\($0)\"" }) }
            return .answer(200, #"{"keys":[\#(keys.joined(separator: ","))]}"#)
        case "/token":
            if let reply = state.tokenReply { return reply }
            var members = [
                "access_token": "\"\(Self.accessToken)\"", "token_type": "\"Bearer\"", "expires_in": "3600",
                "id_token": "\"\(idToken(state))\"",
            ]
            Self.lay(state.token, over: &members)
            return .answer(200, Self.object(members))
        case "/userinfo":
            if let reply = state.userInfo { return reply }
            var members = ["sub": "\"248289761001\""]
            Self.lay(state.userInfoClaims, over: &members)
            return .answer(200, Self.object(members), headers: ["Content-Type: application/json"])
        default: return .answer(404, "{}")
        }
    }

    private func discovery(_ state: State) -> String {
        var members = [
            "issuer": url, "authorization_endpoint": "\(url)/authorize", "token_endpoint": "\(url)/token",
            "jwks_uri": "\(url)/keys", "userinfo_endpoint": "\(url)/userinfo",
        ]
        for (name, value) in state.discovery { members[name] = value.isEmpty ? nil : value }
        var texts = members.mapValues { "\"\($0)\"" }
        texts["authorization_response_iss_parameter_supported"] = "\(state.sendsIssuer)"
        return Self.object(texts)
    }

    private func idToken(_ state: State) -> String {
        var claims = [
            "iss": "\"\(url)\"", "aud": "\"\(Self.clientID)\"", "sub": "\"248289761001\"",
            "iat": "\(Int(state.now))", "exp": "\(Int(state.now) + 3600)", "nonce": "\"\(state.nonce)\"",
            "email": "\"ann@example.com\"", "email_verified": "true", "preferred_username": "\"ann\"",
        ]
        Self.lay(state.claims, over: &claims)
        var header = ["alg": "\"ES256\"", "kid": "\"\(state.signing.id)\"", "typ": "\"JWT\""]
        Self.lay(state.header, over: &header)
        let input = "\(Self.part(header)).\(Self.part(claims))"
        let token = "\(input).\(Base64URL.encode(state.signing.sign(input)))"
        return state.idToken?(token) ?? token
    }

    static func part(_ members: [String: String]) -> String { Base64URL.encode(Array(object(members).utf8)) }

    private static func object(_ members: [String: String]) -> String {
        "{\(members.sorted { $0.key < $1.key }.map { "\"\($0.key)\":\($0.value)" }.joined(separator: ","))}"
    }

    private static func lay(_ changes: [String: String], over members: inout [String: String]) {
        for (name, value) in changes { members[name] = value.isEmpty ? nil : value }
    }
}

/// A provider for the stand-in, and a whole sign-in with it.
struct StandInSignIn {
    let issuer: StandInIssuer
    let provider: OIDCProvider
    let clock = TestClock()

    static let verifier = "dBjftJeZ4CVP-mB92K27uhbUJU1p1r_wW1gFWFOEjXk"

    init(
        _ issuer: StandInIssuer, kind: ProviderKind = .oidc, rules: [[(String, [String])]],
        _ change: (inout OIDCConfiguration) -> Void = { _ in }
    ) throws {
        self.issuer = issuer
        guard let url = IssuerURL(issuer.url) else { throw NoURL() }
        var configuration = OIDCConfiguration(
            id: "corp", kind: kind, displayName: "Corporate", issuer: url, clientID: StandInIssuer.clientID,
            clientSecret: StandInIssuer.clientSecret)
        change(&configuration)
        let origins = configuration.origins.union(configuration.googleDirectory?.origins ?? [])
        let policy = try AccessPolicy(
            rules.map { fields in
                try AccessRule(fields: fields.map { (name: $0.0, values: $0.1) }, origin: "access, item 1")
            })
        let now = issuer.state.withLock { $0.now }
        provider = OIDCProvider(
            configuration, rules: policy,
            http: OutboundHTTPClient(configuration: OutboundHTTPConfiguration(allowedOrigins: origins)),
            logger: quietLogger, now: { now }, monotonic: clock.read)
        issuer.change { $0.nonce = SignInProof(verifier: Self.verifier).nonce }
    }

    func finish(issuer answered: String? = nil) async -> ProviderDecision {
        await provider.finish(
            AuthorizationAnswer(
                code: "c0de", verifier: Self.verifier, redirectURI: "https://calyx.example/oauth2/callback/corp",
                issuer: answered))
    }

    func accepted() async throws -> (Principal, ProviderAuthorization) {
        let decision = await finish()
        guard case .accepted(let principal, let authorization) = decision else { throw Refused(decision: decision) }
        return (principal, authorization)
    }

    struct NoURL: Error {}
    struct Refused: Error { let decision: ProviderDecision }
}
