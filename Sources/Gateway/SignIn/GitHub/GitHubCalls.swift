import Foundation
import OutboundHTTP

/// The account behind a token. `id` never changes; a login can be renamed and taken by somebody else.
struct GitHubUser: Sendable, Equatable, Decodable {
    let id: Int64
    let login: String
}

/// The three kinds of call that a sign-in makes.
struct GitHubCalls {
    /// More pages of addresses than this are taken as an error, not cut off.
    static let maximumPages = 20

    private let endpoints: GitHubEndpoints
    private let clientID: String
    private let clientSecret: String
    private let http: OutboundHTTPClient

    init(provider: GitHubProvider) {
        endpoints = provider.endpoints
        clientID = provider.clientID
        clientSecret = provider.clientSecret
        http = provider.http
    }

    /// Spends the code. GitHub answers errors with status 200 too: only a complete, error-free answer counts.
    func token(code: String, verifier: String, redirectURI: String) async throws(GitHubFailure) -> String {
        let form = FormEncoding.encode([
            ("grant_type", "authorization_code"), ("client_id", clientID), ("client_secret", clientSecret),
            ("code", code), ("redirect_uri", redirectURI), ("code_verifier", verifier),
        ])
        let response = try await send(
            OutboundRequest(
                .post, endpoints.token,
                headers: [("Accept", "application/json"), ("Content-Type", "application/x-www-form-urlencoded")],
                body: Array(form.utf8)), step: "token")
        let answer = try? JSONDecoder().decode(TokenAnswer.self, from: Data(response.body))
        if let error = answer?.error { throw Self.tokenFailure(error) }
        guard response.status == 200 else {
            throw GitHubFailure(.unexpectedAnswer, "token: status \(response.status)")
        }
        guard let answer, let token = answer.accessToken, !token.isEmpty,
            token.utf8.allSatisfy({ $0 > 0x20 && $0 < 0x7F }),
            answer.tokenType?.lowercased() == "bearer"
        else { throw GitHubFailure(.unexpectedAnswer, "token: not a bearer token in JSON") }
        if let scope = answer.scope {
            let granted = scope.split { $0 == "," || $0 == " " }
            guard granted.contains("user:email") || granted.contains("user") else {
                throw GitHubFailure(.emailScopeMissing, "token: the scope was reduced")
            }
        }
        return token
    }

    func user(_ token: String) async throws(GitHubFailure) -> GitHubUser {
        let response = try await get("\(endpoints.api)/user", token, step: "user")
        guard let user = try? JSONDecoder().decode(GitHubUser.self, from: Data(response.body)), user.id > 0,
            (1...100).contains(user.login.utf8.count),
            user.login.utf8.allSatisfy({ $0 > 0x20 && $0 < 0x7F })
        else { throw GitHubFailure(.unexpectedAnswer, "user: no id and login") }
        return user
    }

    /// The addresses that GitHub has verified, the primary one first.
    func verifiedEmails(_ token: String) async throws(GitHubFailure) -> [String] {
        var emails: [EmailAnswer] = []
        var next: String? = "\(endpoints.api)/user/emails?per_page=100"
        var pages = 0
        while let url = next {
            pages += 1
            guard pages <= Self.maximumPages else { throw GitHubFailure(.unexpectedAnswer, "emails: too many pages") }
            let response = try await get(url, token, step: "emails")
            guard let page = try? JSONDecoder().decode([EmailAnswer].self, from: Data(response.body)) else {
                throw GitHubFailure(.unexpectedAnswer, "emails: not a list of addresses")
            }
            emails += page
            next = response.header("link").flatMap(LinkHeader.next)
            if let next, !next.hasPrefix("\(endpoints.api)/") {
                throw GitHubFailure(.unexpectedAnswer, "emails: the next page is somewhere else")
            }
        }
        let verified = emails.filter(\.verified)
        return (verified.filter { $0.primary == true } + verified.filter { $0.primary != true }).map(\.email)
            .filter { EmailAddress($0) != nil }
    }

    private func get(_ url: String, _ token: String, step: String) async throws(GitHubFailure) -> OutboundResponse {
        let response = try await send(
            OutboundRequest(
                .get, url,
                headers: [
                    ("Accept", "application/vnd.github+json"), ("Authorization", "Bearer \(token)"),
                    ("X-GitHub-Api-Version", "2022-11-28"),
                ]), step: step)
        let isLimited = response.header("x-ratelimit-remaining") == "0" || response.header("retry-after") != nil
        switch response.status {
        case 200: return response
        case 401: throw GitHubFailure(.tokenRejected, "\(step): status 401")
        case 403 where isLimited, 429: throw GitHubFailure(.rateLimited, "\(step): status \(response.status)")
        // What GitHub answers when the token may not read addresses.
        case 403 where step == "emails", 404 where step == "emails":
            throw GitHubFailure(.emailScopeMissing, "\(step): status \(response.status)")
        default: throw GitHubFailure(.unexpectedAnswer, "\(step): status \(response.status)")
        }
    }

    private func send(_ request: OutboundRequest, step: String) async throws(GitHubFailure) -> OutboundResponse {
        do throws(OutboundHTTPError) {
            return try await http.send(request)
        } catch {
            let reason: GitHubFailure.Reason =
                switch error.code {
                case .timedOut: .timedOut
                case .redirected, .responseTooLarge, .invalidRequest: .unexpectedAnswer
                default: .unreachable
                }
            throw GitHubFailure(reason, "\(step): \(error.code.rawValue): \(error.description)")
        }
    }

    private static func tokenFailure(_ error: String) -> GitHubFailure {
        switch error {
        case "bad_verification_code": GitHubFailure(.codeNotAccepted, "token: bad_verification_code")
        case "incorrect_client_credentials": GitHubFailure(.clientMisconfigured, "token: incorrect_client_credentials")
        case "redirect_uri_mismatch": GitHubFailure(.clientMisconfigured, "token: redirect_uri_mismatch")
        case "unverified_user_email": GitHubFailure(.primaryAddressUnverified, "token: unverified_user_email")
        default: GitHubFailure(.unexpectedAnswer, "token: an error of another kind")
        }
    }
}

/// Success and error in one: GitHub tells them apart by the members only.
private struct TokenAnswer: Decodable {
    let accessToken: String?
    let tokenType: String?
    let scope: String?
    let error: String?

    enum CodingKeys: String, CodingKey {
        case accessToken = "access_token"
        case tokenType = "token_type"
        case scope, error
    }
}

private struct EmailAnswer: Decodable {
    let email: String
    let primary: Bool?
    let verified: Bool
}
