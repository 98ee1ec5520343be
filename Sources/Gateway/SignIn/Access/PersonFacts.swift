/// What a provider vouched for about one person: all that access rules look at. It is kept with the session, so that
/// changed rules can be judged again.
package struct PersonFacts: Sendable, Equatable, Codable {
    /// The provider's immutable id of the person.
    package var subject: String
    /// A login or name, for display only.
    package var name: String
    /// Verified addresses only, the primary one first.
    package var emails: [String] = []
    /// The Google Workspace domain that owns the account (`hd`), not the one of the address.
    package var hostedDomain: String?
    /// The values of the groups claim.
    package var groups: [String] = []
    package var memberships: [Membership: MembershipState] = [:]

    package init(subject: String, name: String) {
        self.subject = subject
        self.name = name
    }
}
