/// What the sign-in page shows.
package struct SignInPage: Sendable {
    package struct Provider: Sendable {
        /// As in `/oauth2/start/ID`.
        package var id: String
        package var displayName: String

        package init(id: String, displayName: String) {
            self.id = id
            self.displayName = displayName
        }
    }

    package var prefix: String
    package var providers: [Provider]
    package var showsPasswordForm: Bool
    /// Why the last attempt failed, one sentence for the person.
    package var message: String?
    /// Where to go after signing in; handed back as the field `next`.
    package var returnTo: String
    /// Handed back as the field `form_token`.
    package var formToken: String
    /// Typed in the attempt that failed, to spare typing it again.
    package var username: String

    package init(
        prefix: String, providers: [Provider], showsPasswordForm: Bool, message: String? = nil, returnTo: String,
        formToken: String, username: String = ""
    ) {
        self.prefix = prefix
        self.providers = providers
        self.showsPasswordForm = showsPasswordForm
        self.message = message
        self.returnTo = returnTo
        self.formToken = formToken
        self.username = username
    }
}
