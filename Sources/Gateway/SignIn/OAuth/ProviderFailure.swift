import OutboundHTTP

/// Why asking a provider came to no decision about the person. Each becomes one clear sentence; `detail` is for the log
/// and never holds codes, tokens or secrets.
struct ProviderFailure: Error, Equatable {
    enum Reason: String {
        case unreachable, timedOut, unexpectedAnswer, rateLimited, codeNotAccepted, clientMisconfigured, tokenRejected
        case primaryAddressUnverified, emailScopeMissing, tokenNotTrusted
    }

    let reason: Reason
    let detail: String

    init(_ reason: Reason, _ detail: String = "") {
        self.reason = reason
        self.detail = detail
    }

    init(_ error: OutboundHTTPError, step: String) {
        let reason: Reason =
            switch error.code {
            case .timedOut: .timedOut
            case .redirected, .responseTooLarge, .invalidRequest: .unexpectedAnswer
            default: .unreachable
            }
        self.init(reason, "\(step): \(error.code.rawValue): \(error.description)")
    }

    /// For a sign-in.
    func decision(provider: String) -> ProviderDecision {
        switch reason {
        case .primaryAddressUnverified, .emailScopeMissing, .tokenNotTrusted: .denied(message: message(provider))
        default: .failed(message: message(provider))
        }
    }

    /// For somebody who is signed in: only what the provider says about the person or the token ends a session.
    func recheck(provider: String) -> Recheck {
        switch reason {
        case .tokenRejected, .codeNotAccepted, .emailScopeMissing, .primaryAddressUnverified:
            .ended(reason: "\(provider) no longer accepts the person's token (\(detail))")
        default: .unavailable(reason: "\(reason.rawValue): \(detail)")
        }
    }

    func message(_ provider: String) -> String {
        switch reason {
        case .unreachable: "\(provider) cannot be reached at the moment. Try again in a minute."
        case .timedOut: "\(provider) did not answer in time. Try again in a minute."
        case .unexpectedAnswer: "\(provider) gave an answer that is not understood. Try again in a minute."
        case .rateLimited: "\(provider) is limiting requests at the moment. Try again in some minutes."
        case .codeNotAccepted:
            "\(provider) no longer accepts this sign-in; it took too long or was used already. Sign in again."
        case .clientMisconfigured:
            """
            \(provider) does not accept this server's client id, secret or callback address. Its administrator has to \
            correct them: oauth2_key, oauth2_secret and oauth2_redirect_uri, or key, secret and redirect_uri under \
            providers.
            """
        case .tokenRejected: "\(provider) withdrew the permission for this sign-in. Sign in again."
        case .primaryAddressUnverified:
            """
            Your primary e-mail address is not verified at \(provider). Verify it in your \(provider) settings and sign \
            in again.
            """
        case .emailScopeMissing:
            """
            \(provider) did not permit reading your e-mail addresses, which access is decided by. Sign in again and \
            allow access to your e-mail addresses.
            """
        case .tokenNotTrusted:
            """
            \(provider)'s proof of who you are does not hold, so you are not signed in. Sign in again; if that does \
            not help, tell whoever runs this server.
            """
        }
    }
}
