import APITokens
import AuditTrail
import Identity
import PageKit

/// `/access/tokens`: credentials for programs. For admins, since a token outlives whoever made it.
extension AccessPages {
    private static let lifetimes: [(days: Int, label: String)] = [
        (7, "7 days"), (30, "30 days"), (90, "90 days"), (365, "1 year"), (0, "No end"),
    ]

    func tokensPage(_ request: OwnRequest, _ caller: Caller) async throws -> Answer {
        let word = request.query.flatMap { FormFields($0.utf8) }?.single("done")
        let notice: Notice? =
            switch word {
            case "revoked": Notice(text: "The token is revoked. Whoever still uses it is refused.")
            case "gone": Notice(text: "That token had been revoked already.")
            default: nil
            }
        return tokensPage(200, caller, notice: notice)
    }

    private func tokensPage(_ status: Int, _ caller: Caller, notice: Notice?, name: String = "") -> Answer {
        let all = tokens?.all ?? []
        return page(status, title: "API tokens", caller, notice: notice) { html, links in
            html.element(.h1, text: "API tokens")
            html.element(
                .p, .class("muted"),
                text: "For programs: Prometheus, Grafana, deployment scripts. A program sends its token as "
                    + "\"Authorization: Bearer calyx_…\". What a token may do is bounded by its role and its scopes.")
            form(&html, links, caller, name: name)
            html.element(.div, .class("panel")) { html in
                html.element(.table, .class("grid cards tokens")) { html in
                    html.headings([
                        ("Name", "primary"), ("Id", ""), ("Role", ""), ("Scopes", ""), ("Made", ""), ("Ends", ""),
                        ("Last used", ""), ("", ""),
                    ])
                    html.element(.tbody) { html in for token in all { row(&html, links, token, caller) } }
                }
                if all.isEmpty { html.element(.p, .class("none"), text: "There is no token yet.") }
            }
            html.element(.p, .class("muted hint")) { html in
                html.text("On the server: ")
                html.element(.code, text: "calyx token create --name grafana --role viewer --expires 90d")
            }
        }
    }

    private func form(_ html: inout HTML, _ links: Links, _ caller: Caller, name: String) {
        html.element(
            .form, .class("control token-form"), .init(.method, "post"), .action(links.page("/access/tokens/create"))
        ) { html in
            Self.token(&html, caller)
            html.element(.label, .class("field")) { html in
                html.element(.span, text: "Name")
                html.element(
                    .input, .type("text"), .name("name"), .value(name), .init(.placeholder, "grafana"),
                    .init(.maxlength, "64"), .init(.autocomplete, "off"), .flag(.required))
            }
            html.element(.label, .class("field")) { html in
                html.element(.span, text: "Role")
                html.element(.select, .name("role")) { html in
                    for role in Role.allCases where role <= caller.principal.role {
                        html.element(.option, .value(role.rawValue), text: role.rawValue)
                    }
                }
            }
            html.element(.label, .class("field")) { html in
                html.element(.span, text: "Ends after")
                html.element(.select, .name("days")) { html in
                    for (days, label) in Self.lifetimes {
                        html.element(
                            .option, .value(String(days)), days == 90 ? .flag(.selected) : nil, text: label)
                    }
                }
            }
            html.element(.fieldset, .class("field")) { html in
                html.element(.legend, .class("offscreen"), text: "Scopes")
                for scope in TokenScope.allCases {
                    html.element(.label, .class("field")) { html in
                        html.element(
                            .input, .type("checkbox"), .name("scope_\(scope.rawValue)"), .value("1"),
                            scope == .operate ? nil : .flag(.checked))
                        html.element(.span, text: scope.rawValue)
                    }
                }
            }
            html.element(.button, .class("button button-main"), .type("submit"), text: "Create token")
        }
    }

    private func row(_ html: inout HTML, _ links: Links, _ token: APIToken, _ caller: Caller) {
        let isOver = token.isExpired(at: now())
        html.element(.tr, isOver ? .class("offline") : nil) { html in
            html.cell("", class: "primary") { $0.element(.strong, text: token.name) }
            html.cell("Id") { $0.element(.code, text: token.id) }
            html.cell("Role") { $0.element(.span, .class("tag"), text: token.role.rawValue) }
            html.cell("Scopes") { $0.text(token.scopes.sorted().map(\.rawValue).joined(separator: ", ")) }
            html.cell("Made") { html in
                html.moment(token.created)
                html.element(.span, .class("muted"), text: " by \(token.createdBy)")
            }
            html.cell("Ends") { html in
                if isOver {
                    html.element(.span, .class("state state-offline"), text: "Over")
                } else if let expires = token.expires {
                    html.moment(expires)
                } else {
                    html.element(.span, .class("state state-warn"), text: "No end")
                }
            }
            html.cell("Last used") { html in
                html.moment(token.lastUsed)
                if !token.lastAddress.isEmpty {
                    html.element(.span, .class("muted"), text: " from \(token.lastAddress)")
                }
            }
            html.cell("") { html in
                html.element(
                    .form, .class("control"), .init(.method, "post"), .action(links.page("/access/tokens/revoke"))
                ) { html in
                    Self.token(&html, caller)
                    html.element(.input, .type("hidden"), .name("id"), .value(token.id))
                    html.element(
                        .button, .class("button button-risky"), .type("submit"),
                        .aria("label", "Revoke the token \(token.name)"), text: "Revoke")
                }
            }
        }
    }

    // MARK: Changing

    func createToken(_ request: OwnRequest, _ caller: Caller) async throws -> Answer {
        guard let tokens, let form = request.form, let name = form.single("name"),
            let role = form.single("role").flatMap(Role.init(rawValue:)), role <= caller.principal.role,
            let days = form.single("days").flatMap(Int.init), (0...3660).contains(days)
        else {
            return tokensPage(
                400, caller, notice: Notice(text: "Name, role and time are needed; nothing was made.", isGood: false))
        }
        let scopes = Set(TokenScope.allCases.filter { form.single("scope_\($0.rawValue)") == "1" })
        do {
            let (text, token) = try await tokens.create(
                name: name, role: role, scopes: scopes, lifetime: days == 0 ? nil : Double(days) * 86400,
                by: "\(caller.principal.provider):\(caller.principal.name)")
            audit.record(
                .tokenCreated, request, by: caller.principal, with: caller.credential,
                action: "token.create \(token.name)", reason: token.summary)
            return tokensPage(
                200, caller,
                notice: Notice(text: "The token \(token.name) is shown this once. Copy it now:", code: text))
        } catch let error as TokenError {
            return tokensPage(
                422, caller, notice: Notice(text: "Nothing was made: \(error.description).", isGood: false), name: name)
        }
    }

    func revokeToken(_ request: OwnRequest, _ caller: Caller) async throws -> Answer {
        guard let id = request.form?.single("id") else {
            return tokensPage(400, caller, notice: Notice(text: "Say which token: the field id.", isGood: false))
        }
        guard let token = try await tokens?.revoke(id) else { return done("/access/tokens", "gone") }
        audit.record(
            .tokenRevoked, request, by: caller.principal, with: caller.credential,
            action: "token.revoke \(token.name)", reason: token.summary)
        return done("/access/tokens", "revoked")
    }
}
