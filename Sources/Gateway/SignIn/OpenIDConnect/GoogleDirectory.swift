import Foundation
import JWTKit
import OutboundHTTP

/// Groups of a Google Workspace, asked of its Directory API as a service account that acts for an administrator
/// (domain-wide delegation of `admin.directory.group.member.readonly`). Google's id_tokens do not hold groups.
package struct GoogleDirectory: Sendable {
    private static let scope = "https://www.googleapis.com/auth/admin.directory.group.member.readonly"

    private let account: String
    private let key: Insecure.RSA.PrivateKey
    private let tokenURI: String
    /// The administrator for whom the account asks.
    private let administrator: String
    private let api: String

    /// The two servers that are called.
    package let origins: Set<OutboundOrigin>

    /// - Parameters:
    ///   - file: the JSON key file of the service account, as Google hands it out.
    ///   - api: the server of the Directory API.
    package init?(file: [UInt8], administrator: String, api: String = "https://admin.googleapis.com") {
        guard let values = JSONValue(file), let account = values["client_email"]?.string,
            let pem = values["private_key"]?.string, let key = try? Insecure.RSA.PrivateKey(pem: pem),
            let tokenURI = values["token_uri"]?.string, let tokenOrigin = OutboundOrigin(tokenURI),
            let apiOrigin = OutboundOrigin(api),
            [tokenOrigin, apiOrigin].allSatisfy({ $0.scheme == .https || $0.isLoopback })
        else { return nil }
        self.account = account
        self.key = key
        self.tokenURI = tokenURI
        self.administrator = administrator
        self.api = api
        origins = [tokenOrigin, apiOrigin]
    }

    /// Asked about every verified address of the person, of which Google gives one.
    func states(
        of questions: Set<Membership>, emails: [String], calls: OIDCCalls, now: Double
    ) async throws(ProviderFailure) -> [Membership: MembershipState] {
        var states: [Membership: MembershipState] = [:]
        guard let email = emails.first else {
            for question in questions { states[question] = .notMember }
            return states
        }
        let token = try await token(calls, now: now)
        for case .googleGroup(let group) in questions {
            states[.googleGroup(group)] = try await isMember(email, of: group, token, calls) ? .member : .notMember
        }
        return states
    }

    private func isMember(
        _ email: String, of group: String, _ token: String, _ calls: OIDCCalls
    ) async throws(ProviderFailure) -> Bool {
        let members = "\(api)/admin/directory/v1/groups/\(FormEncoding.escape(group))"
        let person = FormEncoding.escape(email)
        let response = try await directory("\(members)/hasMember/\(person)", token, calls)
        switch response.status {
        case 200:
            guard let isMember = JSONValue(response.body)?["isMember"]?.bool else {
                throw ProviderFailure(.unexpectedAnswer, "directory: no isMember")
            }
            return isMember
        // For somebody outside the domain only direct membership can be asked.
        case 400:
            let direct = try await directory("\(members)/members/\(person)", token, calls)
            guard direct.status == 200 || direct.status == 404 else {
                throw ProviderFailure(.unexpectedAnswer, "directory: status \(direct.status)")
            }
            return direct.status == 200
        case 404: return false
        default: throw ProviderFailure(.unexpectedAnswer, "directory: status \(response.status)")
        }
    }

    /// A refusal of the account's own token says nothing about the person.
    private func directory(
        _ url: String, _ token: String, _ calls: OIDCCalls
    ) async throws(ProviderFailure) -> OutboundResponse {
        let request = OutboundRequest(
            .get, url, headers: [("Accept", "application/json"), ("Authorization", "Bearer \(token)")])
        let response = try await calls.send(request, step: "directory")
        switch response.status {
        case 401, 403:
            throw ProviderFailure(
                .clientMisconfigured, "directory: the service account may not ask (status \(response.status))")
        case 429: throw ProviderFailure(.rateLimited, "directory: status 429")
        default: return response
        }
    }

    /// An access token for the service account (RFC 7523).
    private func token(_ calls: OIDCCalls, now: Double) async throws(ProviderFailure) -> String {
        let claims = Claims(
            iss: account, sub: administrator, scope: Self.scope, aud: tokenURI, iat: Int(now), exp: Int(now) + 600)
        let keys = JWTKeyCollection()
        await keys.add(rsa: key, digestAlgorithm: .sha256)
        guard let assertion = try? await keys.sign(claims) else {
            throw ProviderFailure(.clientMisconfigured, "directory: the key of the service account does not sign")
        }
        let form = FormEncoding.encode([
            ("grant_type", "urn:ietf:params:oauth:grant-type:jwt-bearer"), ("assertion", assertion),
        ])
        let response = try await calls.send(
            OutboundRequest(
                .post, tokenURI, headers: [("Content-Type", "application/x-www-form-urlencoded")],
                body: Array(form.utf8)), step: "service account")
        do throws(ProviderFailure) {
            return try TokenAnswer.read(response.status, response.body).tokens.access
        } catch {
            throw ProviderFailure(.clientMisconfigured, "service account: \(error.detail)")
        }
    }

    private struct Claims: JWTPayload {
        let iss: String
        let sub: String
        let scope: String
        let aud: String
        let iat: Int
        let exp: Int

        func verify(using algorithm: some JWTAlgorithm) async throws {}
    }
}
