/// Why a sign-in by GitHub came to no decision about the person. Each becomes one clear sentence; `detail` is for the log
/// and never holds codes, tokens or secrets.
struct GitHubFailure: Error, Equatable {
    enum Reason: String {
        case unreachable, timedOut, unexpectedAnswer, rateLimited, codeNotAccepted, clientMisconfigured, tokenRejected
        case primaryAddressUnverified, emailScopeMissing
    }

    let reason: Reason
    let detail: String

    init(_ reason: Reason, _ detail: String = "") {
        self.reason = reason
        self.detail = detail
    }

    func decision(provider: String) -> ProviderDecision {
        switch reason {
        case .unreachable:
            .failed(message: "\(provider) cannot be reached at the moment. Try again in a minute.")
        case .timedOut:
            .failed(message: "\(provider) did not answer in time. Try again in a minute.")
        case .unexpectedAnswer:
            .failed(message: "\(provider) gave an answer that is not understood. Try again in a minute.")
        case .rateLimited:
            .failed(message: "\(provider) is limiting requests at the moment. Try again in some minutes.")
        case .codeNotAccepted:
            .failed(
                message:
                    "\(provider) no longer accepts this sign-in; it took too long or was used already. Sign in again.")
        case .clientMisconfigured:
            .failed(
                message: """
                    \(provider) does not accept this server's client id, secret or callback address. Its administrator \
                    has to correct oauth2_key, oauth2_secret or oauth2_redirect_uri.
                    """)
        case .tokenRejected:
            .failed(message: "\(provider) withdrew the permission for this sign-in. Sign in again.")
        case .primaryAddressUnverified:
            .denied(
                message: """
                    Your primary e-mail address is not verified at \(provider). Verify it in your \(provider) settings \
                    and sign in again.
                    """)
        case .emailScopeMissing:
            .denied(
                message: """
                    \(provider) did not permit reading your e-mail addresses, which access is decided by. Sign in again \
                    and allow access to your e-mail addresses.
                    """)
        }
    }
}
