/// The frame of every page of the core: header, navigation, banner zone, footer.
package struct PageShell: Sendable {
    package enum Section: String, Sendable, CaseIterable {
        case workers, tasks, queues
    }

    /// Who is signed in, as the header shows it.
    package struct Person: Sendable {
        package var name: String
        package var role: String
        /// What the person's access is limited to, e.g. `the tasks billing.*`.
        package var limit: String?

        package init(name: String, role: String, limit: String? = nil) {
            self.name = name
            self.role = role
            self.limit = limit
        }
    }

    /// Where a page's changes come from.
    package struct Stream: Sendable {
        package var link: Link
        /// What the header says without scripts, e.g. `as of 10:47:36 UTC`.
        package var asOf: String

        package init(link: Link, asOf: String) {
            self.link = link
            self.asOf = asOf
        }
    }

    package var links: Links
    package var title: String
    package var section: Section?
    package var person: Person
    package var csrfToken: String
    package var version: String
    /// Which cluster is watched, shown beside the product's name.
    package var clusterName: String
    package var isReadOnly: Bool
    package var stream: Stream?
    package var requestID: String?
    /// Where styles and scripts come from; nil: from the core.
    package var assets: AssetLinks?

    package init(
        links: Links, title: String, section: Section?, person: Person, csrfToken: String, version: String,
        clusterName: String, isReadOnly: Bool = false, stream: Stream? = nil, requestID: String? = nil,
        assets: AssetLinks? = nil
    ) {
        self.links = links
        self.title = title
        self.section = section
        self.person = person
        self.csrfToken = csrfToken
        self.version = version
        self.clusterName = clusterName
        self.isReadOnly = isReadOnly
        self.stream = stream
        self.requestID = requestID
        self.assets = assets
    }

    /// The whole document. `banners` and `main` are the page's own; `main` begins with its `h1`.
    package func render(banners: HTML, main: HTML) -> [UInt8] {
        var html = HTML()
        html.reserveCapacity(main.bytes.count + 6000)
        PageHead.append(to: &html, title: title, assets: assets ?? .core(prefix: links.prefix), scripts: true)
        html.element(
            .body, .data("prefix", links.prefix), .data("csrf", csrfToken),
            stream.map { .data("stream", $0.link.text) }
        ) { html in
            html.markup("<a class=\"skip\" href=\"#main\">Skip to content</a>")
            header(&html)
            html.append(banners)
            html.element(.main, .id("main"), .init(.tabindex, "-1")) { $0.append(main) }
            footer(&html)
            html.element(.p, .class("announcer"), .id("announcer"), .aria("live", "polite"))
        }
        html.markup("</html>")
        return html.bytes
    }

    private func header(_ html: inout HTML) {
        html.element(.header, .class("top")) { html in
            html.element(
                .a, .class("brand"), .href(links.start),
                .title(clusterName.isEmpty ? "Calyx" : "Calyx: \(clusterName)")
            ) { html in
                BrandMark.append(to: &html)
                html.element(.span, .class("brand-name"), text: "Calyx")
            }
            html.element(.nav, .class("tabs"), .aria("label", "Pages")) { html in
                if !links.hidesWorkers { tab(&html, "Workers", .workers, links.page("/workers"), key: "w") }
                tab(&html, "Tasks", .tasks, links.page("/tasks"), key: "t")
                tab(&html, "Queues", .queues, links.page("/queues"), key: "q")
            }
            html.element(.div, .class("tools")) { html in
                truth(&html)
                html.element(
                    .button, .class("icon-button scripted"), .type("button"), .data("action", "theme"),
                    .title("Theme: follows the system (t)"), .aria("label", "Change theme")
                ) { $0.element(.span, .class("i i-theme")) }
                html.element(
                    .button, .class("icon-button scripted only-wide"), .type("button"), .data("action", "help"),
                    .title("Keyboard shortcuts (?)"), .aria("label", "Keyboard shortcuts")
                ) { $0.element(.span, .class("i i-keys")) }
                account(&html)
            }
        }
    }

    private func tab(_ html: inout HTML, _ name: String, _ target: Section, _ link: Link, key: String) {
        html.element(
            .a, .href(link), .title("\(name) (g \(key))"), .data("key", key),
            section == target ? .aria("current", "page") : nil, text: name)
    }

    /// Whether what the page shows is the truth now. Without scripts a page is a moment's picture and says which.
    private func truth(_ html: inout HTML) {
        guard let stream else { return }
        html.element(
            .button, .class("truth"), .type("button"), .id("truth"), .data("truth", "still"), .data("action", "pause"),
            .title("This page shows the state \(stream.asOf). Reload for a newer one.")
        ) { html in
            html.element(.span, .class("dot"), .aria("hidden", "true"))
            html.element(.span, .class("truth-word"), text: stream.asOf)
        }
    }

    private func account(_ html: inout HTML) {
        html.element(.details, .class("account")) { html in
            html.element(.summary, .title("\(person.name), \(person.role)")) { html in
                html.element(.span, .class("i i-person"), .aria("hidden", "true"))
                html.element(.span, .class("account-name"), text: person.name)
            }
            html.element(.div, .class("account-card")) { html in
                html.element(.p, .class("account-who")) { html in
                    html.element(.strong, text: person.name)
                    html.element(.span, .class("role"), text: isReadOnly ? "\(person.role), read-only" : person.role)
                }
                if let limit = person.limit {
                    html.element(.p, .class("muted account-limit"), text: "Limited to \(limit).")
                }
                html.element(.nav, .class("account-links"), .aria("label", "Access")) { html in
                    html.element(.a, .href(links.page("/access/sessions")), text: "Sessions")
                    if person.role == "admin" {
                        html.element(.a, .href(links.page("/access/tokens")), text: "API tokens")
                        html.element(.a, .href(links.page("/audit")), text: "Audit")
                        html.element(.a, .href(links.page("/access/proxy")), text: "Proxy")
                    }
                }
                html.element(.form, .init(.method, "post"), .action(links.page("/logout"))) { html in
                    html.element(.input, .type("hidden"), .name("_csrf"), .value(csrfToken))
                    html.element(.button, .class("button"), .type("submit"), text: "Sign out")
                }
            }
        }
    }

    private func footer(_ html: inout HTML) {
        html.element(.footer, .class("bottom")) { html in
            html.element(.span, text: "Calyx \(version)")
            if !clusterName.isEmpty { html.element(.span, .class("mono"), text: clusterName) }
            html.element(.span, text: "Times are UTC")
            if let requestID { html.element(.span, .class("mono"), text: "Request \(requestID)") }
        }
    }
}
