import AuditTrail
import Foundation
import Identity
import PageKit
import SessionStore

/// `/access/sessions`: one's own sessions, and for admins those of everybody.
extension AccessPages {
    private static let shown = 200

    func sessionsPage(_ request: OwnRequest, _ caller: Caller, notice: Notice? = nil) async throws -> Answer {
        let query = request.query.flatMap { FormFields($0.utf8) }
        let showsAll = query?.single("all") == "1" && caller.principal.role == .admin
        let search = query?.single("q")?.trimmingCharacters(in: .whitespaces) ?? ""
        let owner = SessionOwner(caller.principal)
        let found = try await sessions.list(of: showsAll ? nil : owner).filter { session in
            search.isEmpty || !showsAll
                || [session.principal.name, session.principal.subject, session.principal.email ?? "", session.address]
                    .contains { $0.localizedCaseInsensitiveContains(search) }
        }
        let current = caller.sessionID
        let notice = notice ?? Self.notice(of: query?.single("done"))
        return page(title: "Sessions", caller, notice: notice) { html, links in
            html.element(.h1, text: "Sessions")
            if caller.principal.role == .admin { tabs(&html, links, showsAll: showsAll) }
            if showsAll { searchForm(&html, links, search) }
            html.element(.div, .class("panel")) { html in
                html.element(.table, .class("grid cards sessions")) { html in
                    html.headings([
                        (showsAll ? "Who" : "Device", "primary"), (showsAll ? "Device" : "", ""), ("Address", ""),
                        ("Signed in", ""), ("Last seen", ""), ("Ends", ""), ("", ""),
                    ])
                    html.element(.tbody) { html in
                        for session in found.prefix(Self.shown) {
                            row(&html, links, session, caller, isCurrent: session.id == current, showsAll: showsAll)
                        }
                    }
                }
                if found.isEmpty { html.element(.p, .class("none"), text: emptyText(caller, search)) }
            }
            if found.count > Self.shown {
                html.element(
                    .p, .class("muted hint"),
                    text: "\(found.count) sessions; the \(Self.shown) used last are shown. Search for the others.")
            }
            if !showsAll, found.contains(where: { $0.id != current }) { endAll(&html, links, caller, owner) }
            html.element(
                .p, .class("muted hint"),
                text: "Times are UTC. A session ends when it is not used for a while, and in any case some days after "
                    + "signing in. Ending one takes effect everywhere within a second; its open pages stop within 30.")
        }
    }

    private func emptyText(_ caller: Caller, _ search: String) -> String {
        if !search.isEmpty { return "No session matches." }
        return caller.sessionID == nil
            ? "You have no session: this request was made with a password or a token." : "There is no session."
    }

    private func tabs(_ html: inout HTML, _ links: Links, showsAll: Bool) {
        html.element(.nav, .class("pills"), .aria("label", "Whose sessions")) { html in
            html.element(
                .a, .class("pill"), .href(links.page("/access/sessions")),
                showsAll ? nil : .aria("current", "page"), text: "Mine")
            html.element(
                .a, .class("pill"), .href(links.page("/access/sessions", query: [(name: "all", value: "1")])),
                showsAll ? .aria("current", "page") : nil, text: "Everybody's")
        }
    }

    private func searchForm(_ html: inout HTML, _ links: Links, _ search: String) {
        html.element(
            .form, .class("filter"), .init(.method, "get"), .action(links.page("/access/sessions")),
            .init(.role, "search")
        ) { html in
            html.element(.input, .type("hidden"), .name("all"), .value("1"))
            html.element(.label, .class("search")) { html in
                html.element(.span, .class("i i-search"), .aria("hidden", "true"))
                html.element(
                    .input, .type("search"), .name("q"), .value(search), .init(.placeholder, "Name, e-mail or address"),
                    .aria("label", "Search sessions"))
            }
            html.element(.button, .class("button"), .type("submit"), text: "Search")
        }
    }

    private func row(
        _ html: inout HTML, _ links: Links, _ session: Session, _ caller: Caller, isCurrent: Bool, showsAll: Bool
    ) {
        let device = DeviceName.name(of: session.userAgent)
        html.element(.tr) { html in
            if showsAll {
                html.cell("", class: "primary") { html in
                    html.element(.strong, text: session.principal.name)
                    html.text(" ")
                    html.element(.span, .class("tag"), text: session.principal.role.rawValue)
                    html.text(" ")
                    html.element(.span, .class("muted"), text: session.principal.provider)
                    html.text(" ")
                    if isCurrent { html.element(.span, .class("state state-online"), text: "This session") }
                }
                html.cell("Device") { $0.element(.span, .title(session.userAgent), text: device) }
            } else {
                html.cell("", class: "primary") { html in
                    html.element(.strong, .title(session.userAgent), text: device)
                    if isCurrent {
                        html.text(" ")
                        html.element(.span, .class("state state-online"), text: "This session")
                    }
                }
                html.cell("") { _ in }
            }
            html.cell("From") { $0.element(.code, text: session.address) }
            html.cell("Signed in") { $0.moment(session.created) }
            html.cell("Last seen") { $0.moment(session.lastSeen) }
            html.cell("Ends in") { html in
                html.element(.span, text: HTML.words(session.idleExpires - now()))
                html.element(
                    .span, .class("muted"), text: session.idleExpires < session.absoluteExpires ? " unless used" : "")
            }
            html.cell("") { html in
                html.element(
                    .form, .class("control"), .init(.method, "post"), .action(links.page("/access/sessions/end"))
                ) { html in
                    Self.token(&html, caller)
                    html.element(.input, .type("hidden"), .name("id"), .value(session.id.hex))
                    if showsAll { html.element(.input, .type("hidden"), .name("all"), .value("1")) }
                    html.element(
                        .button, .class("button button-risky"), .type("submit"),
                        .aria("label", "End the session of \(session.principal.name), \(device)"), text: "End")
                }
            }
        }
    }

    private func endAll(_ html: inout HTML, _ links: Links, _ caller: Caller, _ owner: SessionOwner) {
        html.element(
            .form, .class("controls"), .init(.method, "post"), .action(links.page("/access/sessions/end-all"))
        ) { html in
            Self.token(&html, caller)
            html.element(
                .button, .class("button button-risky"), .type("submit"), .name("which"), .value("others"),
                text: "End all my other sessions")
            html.element(
                .button, .class("button button-risky"), .type("submit"), .name("which"), .value("all"),
                text: "End all, this one too")
        }
    }

    private static func notice(of word: String?) -> Notice? {
        switch word {
        case "ended": Notice(text: "The session is ended.")
        case "gone": Notice(text: "That session had ended already.")
        case "others": Notice(text: "All your other sessions are ended.")
        default: nil
        }
    }

    // MARK: Ending

    func endSession(_ request: OwnRequest, _ caller: Caller) async throws -> Answer {
        guard let id = request.form?.single("id").flatMap(SessionID.init(hex:)) else {
            return errors.failure(
                400, detail: "Say which session: the field id.", outcome: .refused, isNavigation: true, reason: "form")
        }
        let own = try await sessions.list(of: SessionOwner(caller.principal))
        // Whether a session of somebody else exists is only for admins to know.
        guard caller.principal.role == .admin || own.contains(where: { $0.id == id }) else {
            return done("/access/sessions", "gone")
        }
        let ended = try await sessions.end(id: id)
        if let ended {
            audit.record(
                .sessionEnded, request, by: caller.principal, with: caller.credential,
                action: "session.end \(ended.principal.name)",
                reason: "ended \(ended.credentialName) of \(ended.principal.provider):\(ended.principal.name)")
        }
        if id == caller.sessionID { return .redirect(to: prefix.value + "/login") }
        let query = request.form?.single("all") == "1" ? "&all=1" : ""
        return .redirect(to: "\(prefix.value)/access/sessions?done=\(ended == nil ? "gone" : "ended")\(query)")
    }

    func endSessions(_ request: OwnRequest, _ caller: Caller) async throws -> Answer {
        let keepsThis = request.form?.single("which") != "all"
        let kept = keepsThis ? caller.sessionID : nil
        let count = try await sessions.endAll(of: SessionOwner(caller.principal), except: kept)
        audit.record(
            .sessionEnded, request, by: caller.principal, with: caller.credential,
            action: "session.end \(caller.principal.name)",
            reason: "ended \(count) of their own sessions\(keepsThis ? ", all but the one in use" : "")")
        return keepsThis ? done("/access/sessions", "others") : .redirect(to: prefix.value + "/login")
    }
}

extension Caller {
    /// Nil without a session.
    var sessionID: SessionID? { if case .session(let token, _) = proof { SessionID(token: token) } else { nil } }
}
