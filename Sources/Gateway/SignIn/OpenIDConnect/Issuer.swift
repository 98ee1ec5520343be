import OutboundHTTP

/// An issuer's documents: where its endpoints are and which keys sign its tokens.
struct Issuer: Sendable {
    let url: IssuerURL
    private let metadata: FetchedDocument<ProviderMetadata>
    private let keys: FetchedDocument<VerificationKeys>

    /// - Parameter now: seconds of a clock that never goes back.
    init(
        url: IssuerURL, origins: Set<OutboundOrigin>, http: OutboundHTTPClient, now: @escaping @Sendable () -> Double
    ) {
        self.url = url
        let metadata = FetchedDocument<ProviderMetadata>(now: now) {
            await Self.result { () async throws(ProviderFailure) in
                let body = try await Self.get(url.discovery, http, step: "discovery")
                return try ProviderMetadata(body, issuer: url, origins: origins)
            }
        }
        self.metadata = metadata
        keys = FetchedDocument(now: now) {
            await Self.result { () async throws(ProviderFailure) in
                let body = try await Self.get(try await metadata.current().keysURI, http, step: "jwks")
                guard let keys = await VerificationKeys(body) else {
                    throw ProviderFailure(.unexpectedAnswer, "jwks: not a set of keys")
                }
                return keys
            }
        }
    }

    func endpoints() async throws(ProviderFailure) -> ProviderMetadata { try await metadata.current() }

    /// Where a session at the issuer ends, if that is known without asking.
    var endSessionEndpoint: String? { get async { await metadata.copy?.endSessionEndpoint } }

    /// Whether a key of the issuer signed the token. Keys rotate: an unknown id has the set fetched again, now and then.
    func verify(_ token: SignedToken) async throws(ProviderFailure) -> Bool {
        let known = try await keys.current().keys(for: token)
        if !known.isEmpty { return known.contains { $0.verifies(token) } }
        guard let fresh = try await keys.forced() else { return false }
        return fresh.keys(for: token).contains { $0.verifies(token) }
    }

    private static func get(
        _ url: String, _ http: OutboundHTTPClient, step: String
    ) async throws(ProviderFailure) -> [UInt8] {
        let response: OutboundResponse
        do throws(OutboundHTTPError) {
            response = try await http.send(OutboundRequest(.get, url, headers: [("Accept", "application/json")]))
        } catch {
            throw ProviderFailure(error, step: step)
        }
        guard response.status == 200 else {
            throw ProviderFailure(
                response.status >= 500 ? .unreachable : .unexpectedAnswer, "\(step): status \(response.status)")
        }
        return response.body
    }

    private static func result<Value: Sendable>(
        _ work: () async throws(ProviderFailure) -> Value
    ) async -> Result<Value, ProviderFailure> {
        do throws(ProviderFailure) { return .success(try await work()) } catch { return .failure(error) }
    }
}
