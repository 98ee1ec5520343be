import Foundation
import OutboundHTTP

/// The calls that a sign-in makes beside the issuer's documents.
struct OIDCCalls: Sendable {
    let configuration: OIDCConfiguration
    let http: OutboundHTTPClient

    /// Spends a code or a refresh token.
    func token(
        _ grant: [(name: String, value: String)], _ endpoints: ProviderMetadata
    ) async throws(ProviderFailure) -> (tokens: TokenAnswer.Tokens, answer: TokenAnswer) {
        var headers = [("Accept", "application/json"), ("Content-Type", "application/x-www-form-urlencoded")]
        var fields = grant
        if endpoints.usesBasicAuthentication {
            // RFC 6749, section 2.3.1: both parts are form-encoded first.
            let id = FormEncoding.escape(configuration.clientID)
            let secret = FormEncoding.escape(configuration.clientSecret)
            headers.append(("Authorization", "Basic \(Data("\(id):\(secret)".utf8).base64EncodedString())"))
        } else {
            fields += [("client_id", configuration.clientID), ("client_secret", configuration.clientSecret)]
        }
        let response = try await send(
            OutboundRequest(
                .post, endpoints.tokenEndpoint, headers: headers, body: Array(FormEncoding.encode(fields).utf8)),
            step: "token")
        if response.status >= 500 { throw ProviderFailure(.unreachable, "token: status \(response.status)") }
        if response.status == 429 { throw ProviderFailure(.rateLimited, "token: status 429") }
        return try TokenAnswer.read(response.status, response.body)
    }

    /// What the userinfo endpoint tells, of the same subject as the id_token.
    func userInfo(
        _ endpoint: String, _ token: String, subject: String
    ) async throws(ProviderFailure) -> JSONValue {
        let response = try await get(endpoint, token, step: "userinfo")
        guard response.status == 200 else {
            throw ProviderFailure(
                response.status >= 500 ? .unreachable : .unexpectedAnswer, "userinfo: status \(response.status)")
        }
        let type = response.header("content-type")?.prefix { $0 != ";" } ?? ""
        guard type.lowercased().hasPrefix("application/json"), let values = JSONValue(response.body),
            let found = values["sub"]?.string
        else { throw ProviderFailure(.unexpectedAnswer, "userinfo: not a JSON object with a subject") }
        guard found.utf8.elementsEqual(subject.utf8) else {
            throw ProviderFailure(.tokenNotTrusted, "userinfo: another subject than the id_token's")
        }
        return values
    }

    /// Any answer that says something about the person: a refused token and exceeded limits are errors.
    func get(_ url: String, _ token: String, step: String) async throws(ProviderFailure) -> OutboundResponse {
        let response = try await send(
            OutboundRequest(
                .get, url, headers: [("Accept", "application/json"), ("Authorization", "Bearer \(token)")]),
            step: step)
        switch response.status {
        case 401: throw ProviderFailure(.tokenRejected, "\(step): status 401")
        case 429: throw ProviderFailure(.rateLimited, "\(step): status 429")
        default: return response
        }
    }

    func send(_ request: OutboundRequest, step: String) async throws(ProviderFailure) -> OutboundResponse {
        do throws(OutboundHTTPError) {
            return try await http.send(request)
        } catch {
            throw ProviderFailure(error, step: step)
        }
    }
}
