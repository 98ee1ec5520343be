/// Who makes a request: a provider's immutable subject and the role granted to it.
///
/// The pair (`provider`, `subject`) is the identity; `name` and `email` are for display and access rules only, since
/// logins can be renamed and addresses re-assigned.
package struct Principal: Sendable, Hashable, Codable {
    /// `basic`, `github`, `anonymous`, …
    package var provider: String
    /// The provider's immutable id of the person (GitHub: the numeric id as text; basic: the user name).
    package var subject: String
    /// What pages show: a login or user name.
    package var name: String
    /// A verified address, when the provider gave one.
    package var email: String?
    package var role: Role
    /// What the rights are limited to; nil: nothing.
    package var scope: Scope?

    package init(
        provider: String, subject: String, name: String, email: String? = nil, role: Role, scope: Scope? = nil
    ) {
        self.provider = provider
        self.subject = subject
        self.name = name
        self.email = email
        self.role = role
        self.scope = scope
    }

    /// The viewer that `--unauthenticated_api` lets in.
    package static let anonymous = Principal(
        provider: "anonymous", subject: "anonymous", name: "anonymous", role: .viewer)
}
