import OutboundHTTP

/// What a discovery document says (OpenID Connect Discovery 1.0, section 3), checked.
struct ProviderMetadata: Sendable, Equatable {
    static let maximumBytes = 64 << 10

    let authorizationEndpoint: String
    let tokenEndpoint: String
    let keysURI: String
    let userInfoEndpoint: String?
    let endSessionEndpoint: String?
    /// RFC 9207: the answer carries `iss`.
    let sendsIssuer: Bool
    let usesBasicAuthentication: Bool

    /// - Parameter origins: the servers that may be called; a document that names others is refused.
    init(_ document: [UInt8], issuer: IssuerURL, origins: Set<OutboundOrigin>) throws(ProviderFailure) {
        func refuse(_ reason: String) -> ProviderFailure { ProviderFailure(.unexpectedAnswer, "discovery: \(reason)") }
        guard document.count <= Self.maximumBytes, let values = JSONValue(document), case .object = values else {
            throw refuse("not one JSON object of at most 64 KiB")
        }
        guard let found = values["issuer"]?.string, found.utf8.elementsEqual(issuer.text.utf8) else {
            throw refuse("the issuer in it is not the configured one; configure it exactly as the provider writes it")
        }
        func endpoint(_ name: String, isCalled: Bool) throws(ProviderFailure) -> String? {
            guard let value = values[name] else { return nil }
            guard let text = value.string, let origin = OutboundOrigin(text),
                origin.scheme == .https || origin == issuer.origin
            else { throw refuse("\(name) is not an https URL") }
            guard !isCalled || origins.contains(origin) else {
                throw refuse(
                    "\(name) is at \(origin), which is not the issuer; if that is right, name it with endpoint_hosts")
            }
            return text
        }
        guard let authorization = try endpoint("authorization_endpoint", isCalled: false),
            let token = try endpoint("token_endpoint", isCalled: true),
            let keys = try endpoint("jwks_uri", isCalled: true)
        else { throw refuse("an endpoint is missing") }
        authorizationEndpoint = authorization
        tokenEndpoint = token
        keysURI = keys
        // What is elsewhere is done without: the id_token has what is needed, or the sign-in says what is missing.
        userInfoEndpoint = try? endpoint("userinfo_endpoint", isCalled: true)
        endSessionEndpoint = try? endpoint("end_session_endpoint", isCalled: false)
        sendsIssuer = values["authorization_response_iss_parameter_supported"]?.bool ?? false
        let methods = values["token_endpoint_auth_methods_supported"]?.strings ?? ["client_secret_basic"]
        usesBasicAuthentication = methods.contains("client_secret_basic") || !methods.contains("client_secret_post")
    }
}
