import PageKit

/// Asks whether to sign out, for who comes by an address instead of the button in the menu.
enum SignOutPage {
    static func confirm(prefix: String, principalName: String, csrfToken: String) -> [UInt8] {
        let assets = AssetLinks.signIn(prefix: prefix)
        var html = HTML()
        html.markup("<!doctype html><html lang=\"en\"><head><meta charset=\"utf-8\">")
        html.markup("<meta name=\"viewport\" content=\"width=device-width, initial-scale=1\">")
        html.element(.title, text: "Sign out · Calyx")
        html.element(.link, .init(.rel, "stylesheet"), .href(assets.link("calyx.css")))
        html.script(assets.link("theme.js"), isModule: false)
        html.markup("</head>")
        html.element(.body, .class("gate")) { html in
            html.element(.main, .class("gate-card")) { html in
                html.element(.h1, text: "Sign out")
                html.element(.p, .class("muted"), text: "You are signed in as \(principalName).")
                html.element(.form, .init(.method, "post"), .action(Link(prefix: prefix, path: "/logout"))) { html in
                    html.element(.input, .type("hidden"), .name("_csrf"), .value(csrfToken))
                    html.element(.button, .class("button button-main"), .type("submit"), text: "Sign out")
                }
            }
        }
        html.markup("</html>")
        return html.bytes
    }
}
