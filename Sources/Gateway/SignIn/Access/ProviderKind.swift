/// What a sign-in provider is; decides which access rules can apply to it.
package enum ProviderKind: String, Sendable, CaseIterable {
    case github, google, gitlab, okta, oidc
    /// Users with a password here.
    case password
}
