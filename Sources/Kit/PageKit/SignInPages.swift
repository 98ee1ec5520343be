/// The gateway's own pages. They need no script and name nothing of what is behind the gateway.
package enum SignInPages {
    /// The sign-in form posts `username`, `password`, `next` and `form_token` to `{prefix}/login`.
    package static func signIn(_ page: SignInPage) -> [UInt8] {
        document(prefix: page.prefix, title: "Sign in") { html in
            html.element(.h1, text: "Sign in")
            if let message = page.message {
                html.element(.p, .class("notice notice-bad"), .init(.role, "alert")) { html in
                    html.element(.span, .class("i i-failure"), .aria("hidden", "true"))
                    html.element(.span, text: message)
                }
            }
            if page.showsPasswordForm { form(&html, page) }
            if page.showsPasswordForm, !page.providers.isEmpty {
                html.element(.p, .class("or")) { $0.element(.span, text: "or") }
            }
            for provider in page.providers { button(&html, provider, page) }
            if !page.showsPasswordForm, page.providers.isEmpty {
                html.element(.p, text: "No way to sign in is configured. Ask whoever runs this server.")
            }
        }
    }

    /// A page with one message: signed out, refused, an error.
    ///
    /// `action` is the one next step, a path without the prefix. `principalName` is shown when somebody is signed in.
    package static func message(
        prefix: String, title: String, text: String, action: (label: String, path: String)?, principalName: String?
    ) -> [UInt8] {
        document(prefix: prefix, title: title) { html in
            html.element(.h1, text: title)
            for paragraph in text.split(separator: "\n") { html.element(.p, .class("said"), text: String(paragraph)) }
            if let principalName {
                html.element(.p, .class("muted"), text: "You are signed in as \(principalName).")
            }
            if let action {
                html.element(
                    .a, .class("button button-main"), .href(Link(prefix: prefix, relative: action.path)),
                    text: action.label)
            }
        }
    }

    /// A page of the gateway with a title and whatever `content` writes below.
    package static func page(prefix: String, title: String, _ content: (inout HTML) -> Void) -> [UInt8] {
        document(prefix: prefix, title: title) { html in
            html.element(.h1, text: title)
            content(&html)
        }
    }

    private static func form(_ html: inout HTML, _ page: SignInPage) {
        html.element(
            .form, .class("stack"), .init(.method, "post"), .action(Link(prefix: page.prefix, path: "/login"))
        ) { html in
            html.element(.input, .type("hidden"), .name("next"), .value(page.returnTo))
            html.element(.input, .type("hidden"), .name("form_token"), .value(page.formToken))
            html.element(.label, .init(.for, "username"), text: "User name")
            html.element(
                .input, .id("username"), .name("username"), .type("text"), .value(page.username),
                .init(.autocomplete, "username"), .init(.autocapitalize, "none"), .init(.spellcheck, "false"),
                .flag(.required), page.username.isEmpty ? .flag(.autofocus) : nil)
            html.element(.label, .init(.for, "password"), text: "Password")
            html.element(
                .input, .id("password"), .name("password"), .type("password"),
                .init(.autocomplete, "current-password"), .flag(.required),
                page.username.isEmpty ? nil : .flag(.autofocus))
            html.element(.button, .class("button button-main"), .type("submit"), text: "Sign in")
        }
    }

    private static func button(_ html: inout HTML, _ provider: SignInPage.Provider, _ page: SignInPage) {
        let query = page.returnTo.isEmpty ? [] : [(name: "next", value: page.returnTo)]
        let link = Link(prefix: page.prefix, requestPath: "/oauth2/start/\(provider.id)", query: query)
        html.element(
            .a, .class("button button-wide"), .href(link), text: "Continue with \(provider.displayName)")
    }

    private static func document(
        prefix: String, title: String, _ content: (inout HTML) -> Void
    ) -> [UInt8] {
        var html = HTML()
        PageHead.append(to: &html, title: title, assets: .signIn(prefix: prefix), scripts: false)
        html.element(.body, .class("gate")) { html in
            html.element(.main, .class("gate-card")) { html in
                html.element(.p, .class("gate-brand")) { html in
                    BrandMark.append(to: &html)
                    html.element(.span, .class("brand-name"), text: "Calyx")
                }
                content(&html)
            }
        }
        html.markup("</html>")
        return html.bytes
    }
}
