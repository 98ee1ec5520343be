import Foundation

/// What a token endpoint answers (RFC 6749, section 5). Success and error in one: GitHub tells them apart by the members
/// only, since it answers errors with status 200 too.
struct TokenAnswer: Sendable, Decodable {
    let accessToken: String?
    let tokenType: String?
    let scope: String?
    let expiresIn: Double?
    let refreshToken: String?
    let idToken: String?
    let error: String?

    enum CodingKeys: String, CodingKey {
        case accessToken = "access_token"
        case tokenType = "token_type"
        case expiresIn = "expires_in"
        case refreshToken = "refresh_token"
        case idToken = "id_token"
        case scope, error
    }

    init(from decoder: any Decoder) throws {
        let values = try decoder.container(keyedBy: CodingKeys.self)
        accessToken = try values.decodeIfPresent(String.self, forKey: .accessToken)
        tokenType = try values.decodeIfPresent(String.self, forKey: .tokenType)
        scope = try values.decodeIfPresent(String.self, forKey: .scope)
        // Some servers write the number as a text; a lifetime that makes no sense counts as none.
        let seconds =
            (try? values.decodeIfPresent(Double.self, forKey: .expiresIn))
            ?? (try? values.decodeIfPresent(String.self, forKey: .expiresIn)).flatMap { Double($0) }
        expiresIn = seconds.flatMap { (1...3.2e7).contains($0) ? $0 : nil }
        refreshToken = try values.decodeIfPresent(String.self, forKey: .refreshToken)
        idToken = try values.decodeIfPresent(String.self, forKey: .idToken)
        error = try values.decodeIfPresent(String.self, forKey: .error)
    }

    /// The tokens of a whole and error-free answer.
    static func read(_ status: Int, _ body: [UInt8]) throws(ProviderFailure) -> (tokens: Tokens, answer: TokenAnswer) {
        let answer = try? JSONDecoder().decode(TokenAnswer.self, from: Data(body))
        if let error = answer?.error { throw failure(error) }
        guard status == 200 else { throw ProviderFailure(.unexpectedAnswer, "token: status \(status)") }
        guard let answer, let token = answer.accessToken, isToken(token), answer.tokenType?.lowercased() == "bearer"
        else { throw ProviderFailure(.unexpectedAnswer, "token: not a bearer token in JSON") }
        let refresh = answer.refreshToken.flatMap { isToken($0) ? $0 : nil }
        return (Tokens(access: token, refresh: refresh, lifetime: answer.expiresIn), answer)
    }

    struct Tokens: Sendable {
        var access: String
        var refresh: String?
        /// Seconds.
        var lifetime: Double?
    }

    /// What can stand in an Authorization field.
    private static func isToken(_ text: String) -> Bool {
        (1...8192).contains(text.utf8.count) && text.utf8.allSatisfy { $0 > 0x20 && $0 < 0x7F }
    }

    private static func failure(_ error: String) -> ProviderFailure {
        switch error {
        case "bad_verification_code", "invalid_grant", "bad_refresh_token", "expired_token":
            ProviderFailure(.codeNotAccepted, "token: \(error)")
        case "incorrect_client_credentials", "redirect_uri_mismatch", "invalid_client", "unauthorized_client":
            ProviderFailure(.clientMisconfigured, "token: \(error)")
        case "unverified_user_email": ProviderFailure(.primaryAddressUnverified, "token: unverified_user_email")
        default: ProviderFailure(.unexpectedAnswer, "token: an error of another kind")
        }
    }
}
