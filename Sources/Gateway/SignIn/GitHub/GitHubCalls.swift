import Foundation
import OutboundHTTP

/// The account behind a token. `id` never changes; a login can be renamed and taken by somebody else.
struct GitHubUser: Sendable, Equatable, Decodable {
    let id: Int64
    let login: String
}

/// The calls that a sign-in makes.
struct GitHubCalls {
    /// More pages than this are taken as an error, not cut off.
    static let maximumPages = 10

    let endpoints: GitHubEndpoints
    private let clientID: String
    private let clientSecret: String
    private let http: OutboundHTTPClient

    init(provider: GitHubProvider) {
        endpoints = provider.endpoints
        clientID = provider.clientID
        clientSecret = provider.clientSecret
        http = provider.http
    }

    /// Spends the code, or a refresh token.
    /// - Returns: the tokens, and the scopes that were granted; nil when GitHub did not say.
    func token(
        _ grant: [(name: String, value: String)]
    ) async throws(ProviderFailure) -> (tokens: TokenAnswer.Tokens, scopes: Set<String>?) {
        let form = FormEncoding.encode(grant + [("client_id", clientID), ("client_secret", clientSecret)])
        let response = try await send(
            OutboundRequest(
                .post, endpoints.token,
                headers: [("Accept", "application/json"), ("Content-Type", "application/x-www-form-urlencoded")],
                body: Array(form.utf8)), step: "token")
        let (tokens, answer) = try TokenAnswer.read(response.status, response.body)
        return (tokens, answer.scope.map(GitHubScopes.split))
    }

    /// The account, and the scopes that GitHub says the token has; nil when it did not say.
    func user(_ token: String) async throws(ProviderFailure) -> (user: GitHubUser, scopes: Set<String>?) {
        let response = try await get("\(endpoints.api)/user", token, step: "user")
        try Self.requireOK(response, step: "user")
        guard let user = try? JSONDecoder().decode(GitHubUser.self, from: Data(response.body)), user.id > 0,
            (1...100).contains(user.login.utf8.count),
            user.login.utf8.allSatisfy({ $0 > 0x20 && $0 < 0x7F })
        else { throw ProviderFailure(.unexpectedAnswer, "user: no id and login") }
        return (user, response.header("x-oauth-scopes").map(GitHubScopes.split))
    }

    /// The addresses that GitHub has verified, the primary one first.
    func verifiedEmails(_ token: String) async throws(ProviderFailure) -> [String] {
        let emails: [EmailAnswer] = try await pages("\(endpoints.api)/user/emails?per_page=100", token, step: "emails")
        let verified = emails.filter(\.verified)
        return (verified.filter { $0.primary == true } + verified.filter { $0.primary != true }).map(\.email)
            .filter { EmailAddress($0) != nil }
    }

    /// All pages of a list. One that is missing makes the whole list an error.
    func pages<Item: Decodable>(
        _ first: String, _ token: String, step: String
    ) async throws(ProviderFailure) -> [Item] {
        var items: [Item] = []
        var next: String? = first
        var pages = 0
        while let url = next {
            pages += 1
            guard pages <= Self.maximumPages else {
                throw ProviderFailure(.unexpectedAnswer, "\(step): too many pages")
            }
            let response = try await get(url, token, step: step)
            try Self.requireOK(response, step: step)
            guard let page = try? JSONDecoder().decode([Item].self, from: Data(response.body)) else {
                throw ProviderFailure(.unexpectedAnswer, "\(step): not a list as documented")
            }
            items += page
            next = response.header("link").flatMap(LinkHeader.next)
            if let next, !next.hasPrefix("\(endpoints.api)/") {
                throw ProviderFailure(.unexpectedAnswer, "\(step): the next page is somewhere else")
            }
        }
        return items
    }

    /// Any answer that says something about the person: 401 and exceeded limits are errors.
    func get(_ url: String, _ token: String, step: String) async throws(ProviderFailure) -> OutboundResponse {
        let response = try await send(
            OutboundRequest(
                .get, url,
                headers: [
                    ("Accept", "application/vnd.github+json"), ("Authorization", "Bearer \(token)"),
                    ("X-GitHub-Api-Version", "2022-11-28"),
                ]), step: step)
        let isLimited = response.header("x-ratelimit-remaining") == "0" || response.header("retry-after") != nil
        switch response.status {
        case 401: throw ProviderFailure(.tokenRejected, "\(step): status 401")
        case 403 where isLimited, 429: throw ProviderFailure(.rateLimited, "\(step): status \(response.status)")
        default: return response
        }
    }

    private static func requireOK(_ response: OutboundResponse, step: String) throws(ProviderFailure) {
        switch response.status {
        case 200: return
        // What GitHub answers when the token may not read addresses.
        case 403 where step == "emails", 404 where step == "emails":
            throw ProviderFailure(.emailScopeMissing, "\(step): status \(response.status)")
        default: throw ProviderFailure(.unexpectedAnswer, "\(step): status \(response.status)")
        }
    }

    private func send(_ request: OutboundRequest, step: String) async throws(ProviderFailure) -> OutboundResponse {
        do throws(OutboundHTTPError) {
            return try await http.send(request)
        } catch {
            throw ProviderFailure(error, step: step)
        }
    }
}

/// What a token may do. A wider scope covers a narrower one.
enum GitHubScopes {
    static func split(_ text: String) -> Set<String> {
        Set(text.split { $0 == "," || $0 == " " }.map(String.init))
    }

    static func readEmails(_ scopes: Set<String>) -> Bool { !scopes.isDisjoint(with: ["user:email", "user"]) }

    static func readOrganisations(_ scopes: Set<String>) -> Bool {
        !scopes.isDisjoint(with: ["read:org", "write:org", "admin:org"])
    }
}

private struct EmailAnswer: Decodable {
    let email: String
    let primary: Bool?
    let verified: Bool
}
