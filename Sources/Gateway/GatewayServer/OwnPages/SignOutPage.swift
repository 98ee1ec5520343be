import PageKit

/// Signing out: the button, for who comes by address instead of the button in the menu, and what was done.
enum SignOutPage {
    static func confirm(prefix: String, principalName: String, csrfToken: String) -> [UInt8] {
        SignInPages.page(prefix: prefix, title: "Sign out") { html in
            html.element(.p, .class("muted"), text: "You are signed in as \(principalName).")
            html.element(.form, .init(.method, "post"), .action(Link(prefix: prefix, path: "/logout"))) { html in
                html.element(.input, .type("hidden"), .name("_csrf"), .value(csrfToken))
                html.element(.button, .class("button button-main"), .type("submit"), text: "Sign out")
            }
        }
    }

    /// - Parameters:
    ///   - provider: what vouched for the person, and goes on to.
    ///   - providerAddress: where the person can sign out there, from the configuration.
    static func done(prefix: String, provider: String?, providerAddress: String?) -> [UInt8] {
        SignInPages.page(prefix: prefix, title: "Signed out") { html in
            html.element(.p, .class("said"), text: "Your session here has ended.")
            if let provider {
                html.element(
                    .p, .class("said"),
                    text: "You are still signed in at \(provider) itself: whoever uses this browser can come back in "
                        + "without a password. On a shared computer sign out there, too.")
            }
            html.element(
                .a, .class("button button-main"), .href(Link(prefix: prefix, relative: "/login")), text: "Sign in again"
            )
            if let provider, let link = providerAddress.flatMap(Link.init(external:)) {
                html.element(.a, .class("button button-wide"), .href(link), text: "Sign out at \(provider)")
            }
        }
    }
}
