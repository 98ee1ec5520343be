import AuditTrail
import Foundation
import NIOCore
import PageKit

/// `/audit` and `/api/audit`: who did what.
extension AccessPages {
    private static let shown = 100
    /// Entries of one answer of the API.
    private static let most = 10_000

    func auditPage(_ request: OwnRequest, _ caller: Caller) async throws -> Answer {
        guard let trail = audit.trail else { return errors.notFound(isNavigation: true) }
        let fields = request.query.flatMap { FormFields($0.utf8) }
        var filter = AuditFilter(fields)
        filter.query.limit = Self.shown + 1
        let problem = filter.problem.map { Notice(text: $0, isGood: false) }
        var found = problem == nil ? try await trail.search(filter.query) : []
        let hasMore = found.count > Self.shown
        if hasMore { found.removeLast() }
        let verification = fields?.single("verify") == "1" ? try await trail.verify() : nil
        return page(title: "Audit", caller, notice: problem ?? verification.map(Self.notice)) { html, links in
            html.element(.h1, text: "Audit")
            filterForm(&html, links, filter)
            html.element(.div, .class("panel")) { html in
                html.element(.table, .class("grid cards audit")) { html in
                    html.headings([
                        ("Time", ""), ("Who", ""), ("What", "primary"), ("Result", ""), ("From", ""), ("Details", ""),
                    ])
                    html.element(.tbody) { html in for entry in found { row(&html, entry) } }
                }
                if found.isEmpty { html.element(.p, .class("none"), text: "Nothing was recorded that matches.") }
            }
            html.element(.div, .class("controls")) { html in
                if hasMore, let last = found.last {
                    html.element(
                        .a, .class("button"),
                        .href(links.page("/audit", query: filter.pairs + [(name: "before", value: "\(last.number)")])),
                        text: "Older")
                }
                for format in AuditExport.allCases {
                    let pairs = filter.pairs + [(name: "format", value: format.rawValue)]
                    html.element(
                        .a, .class("button"), .href(links.page("/api/audit", query: pairs)),
                        text: "Export \(format.rawValue.uppercased())")
                }
                html.element(
                    .a, .class("button"),
                    .href(links.page("/audit", query: filter.pairs + [(name: "verify", value: "1")])),
                    text: "Verify the record")
            }
            html.element(
                .p, .class("muted hint"),
                text:
                    "Times are UTC. Every entry carries a hash over itself and the entry before, so that nothing can be "
                    + "changed or removed unseen. On the server: calyx audit verify")
        }
    }

    private static func notice(_ verification: AuditVerification) -> Notice {
        guard let problem = verification.problem else {
            return Notice(
                text: "The record is whole: \(verification.entries) entries from number \(verification.first) on. "
                    + "Its end, to be noted elsewhere:",
                code: verification.head.description)
        }
        return Notice(
            text:
                "The record is not whole: \(problem). The \(verification.entries) entries before are as they were written.",
            isGood: false)
    }

    private func filterForm(_ html: inout HTML, _ links: Links, _ filter: AuditFilter) {
        html.element(
            .form, .class("filter"), .init(.method, "get"), .action(links.page("/audit")), .init(.role, "search")
        ) { html in
            html.element(.label, .class("search")) { html in
                html.element(.span, .class("i i-search"), .aria("hidden", "true"))
                html.element(
                    .input, .type("search"), .name("q"), .value(filter.text("q")),
                    .init(.placeholder, "Worker, task, address, id …"), .aria("label", "Search the record"))
            }
            choice(&html, "What", "kind", filter, AuditEvent.Kind.allCases.map { ($0.rawValue, $0.words) })
            choice(&html, "Result", "result", filter, AuditEvent.Result.allCases.map { ($0.rawValue, $0.rawValue) })
            for (label, name) in [("Who", "name"), ("Since", "since"), ("Until", "until")] {
                html.element(.label, .class("field")) { html in
                    html.element(.span, text: label)
                    html.element(
                        .input, .type("text"), .name(name), .value(filter.text(name)),
                        .init(.placeholder, name == "name" ? "name" : "2026-01-31 or 24h"), .init(.autocomplete, "off"))
                }
            }
            html.element(.button, .class("button"), .type("submit"), text: "Filter")
        }
    }

    private func choice(
        _ html: inout HTML, _ label: String, _ name: String, _ filter: AuditFilter, _ options: [(String, String)]
    ) {
        html.element(.label, .class("field")) { html in
            html.element(.span, text: label)
            html.element(.select, .name(name)) { html in
                html.element(.option, .value(""), text: "any")
                for (value, words) in options {
                    html.element(
                        .option, .value(value), filter.text(name) == value ? .flag(.selected) : nil, text: words)
                }
            }
        }
    }

    private func row(_ html: inout HTML, _ entry: AuditEntry) {
        let event = entry.event
        html.element(.tr) { html in
            html.cell("", class: "moment") { $0.moment(event.time) }
            html.cell("By") { html in
                if event.name.isEmpty {
                    html.element(.span, .class("muted"), text: Self.nobody(event))
                } else {
                    html.element(.strong, .title("\(event.provider):\(event.subject)"), text: event.name)
                    if !event.role.isEmpty {
                        html.text(" ")
                        html.element(.span, .class("tag"), text: event.role)
                    }
                }
            }
            html.cell("", class: "primary") { html in
                html.element(.span, text: event.action.isEmpty ? event.kind.words : event.action)
                if event.kind == .denied { html.element(.span, .class("muted"), text: " denied") }
            }
            html.cell("", class: "status") { html in
                let style =
                    switch event.result {
                    case .ok: "state-success"
                    case .refused: "state-rejected"
                    case .failed: "state-failure"
                    }
                html.element(.span, .class("state \(style)"), text: event.result.rawValue)
            }
            html.cell("From") { html in
                html.element(.code, text: event.client)
                if !event.credential.isEmpty, !event.name.isEmpty {
                    html.element(.span, .class("muted"), text: " \(event.credential)")
                }
            }
            html.cell("Details") { html in
                if !event.reason.isEmpty { html.element(.p, .class("breakable"), text: event.reason) }
                if !event.detail.isEmpty { details(&html, AuditDetail(event.detail)) }
                html.element(.p, .class("muted"), .title(entry.hashText), text: "#\(entry.number) \(event.requestID)")
            }
        }
    }

    /// What stands for the person where there is none.
    private static func nobody(_ event: AuditEvent) -> String {
        switch event.kind {
        case .record, .configurationReloaded: "Calyx"
        default: event.credential.isEmpty ? "unknown" : event.credential
        }
    }

    private func details(_ html: inout HTML, _ detail: AuditDetail) {
        let facts = detail.parameters.map { "\($0.name)=\($0.value)" }
        if !facts.isEmpty {
            html.element(.p) { $0.element(.code, .class("breakable"), text: facts.joined(separator: " ")) }
        }
        for part in detail.outcome {
            html.element(.p) { html in
                html.element(
                    .span, .class(part.value == "ok" ? "state state-success" : "state state-failure"),
                    text: "\(part.name): \(part.value)")
            }
        }
        let silent = detail.targets.filter { target in !detail.outcome.contains { $0.name == target } }
        if !silent.isEmpty { html.element(.p, .class("breakable"), text: silent.joined(separator: ", ")) }
        if let rest = detail.rest { html.element(.p) { $0.element(.code, .class("breakable"), text: rest) } }
    }

    /// JSON with a cursor, or lines for other programs.
    func auditEntries(_ request: OwnRequest) async throws -> Answer {
        guard let trail = audit.trail else { return errors.notFound(isNavigation: false) }
        let fields = request.query.flatMap { FormFields($0.utf8) }
        var filter = AuditFilter(fields)
        let format = fields?.single("format") ?? "json"
        guard let export = AuditExport(rawValue: format) ?? (format == "json" ? AuditExport.ndjson : nil) else {
            return badQuery("format: allowed are json, ndjson and csv.")
        }
        if let problem = filter.problem { return badQuery(problem) }
        filter.query.limit = min(filter.query.limit, Self.most) + 1
        var found = try await trail.search(filter.query)
        let hasMore = found.count == filter.query.limit
        if hasMore { found.removeLast() }
        var body = ByteBuffer()
        var answer = Answer(status: 200, contentType: export.mimeType, body: body, outcome: .ownPage)
        if hasMore, let last = found.last {
            let cursor = filter.query.after == nil ? "before" : "after"
            let pairs =
                filter.pairs.filter { $0.name != cursor } + [
                    (name: "format", value: format), (name: cursor, value: "\(last.number)"),
                ]
            let next = Links(prefix: prefix.value).page("/api/audit", query: pairs)
            answer.fields.append(("link", "<\(next.text)>; rel=\"next\""))
        }
        if format == "json" {
            answer.contentType = "application/json"
            body.writeString("{\"entries\":[")
            for (index, entry) in found.enumerated() {
                if index > 0 { body.writeString(",") }
                body.writeString(AuditExport.object(entry))
            }
            body.writeString("]\(hasMore ? ",\"more\":true" : "")}")
        } else {
            answer.fields.append(("content-disposition", "attachment; filename=\"audit.\(format)\""))
            body.writeString(export.head)
            for entry in found { body.writeString(export.line(entry)) }
        }
        answer.body = body
        return answer
    }

    private func badQuery(_ detail: String) -> Answer {
        errors.failure(400, detail: detail, outcome: .refused, isNavigation: false, reason: "query")
    }
}

extension AuditEvent.Kind {
    var words: String {
        switch self {
        case .signIn: "signed in"
        case .signInRefused: "sign-in refused"
        case .signOut: "signed out"
        case .sessionEnded: "session ended"
        case .denied: "denied"
        case .action: "action"
        case .tokenCreated: "token created"
        case .tokenRevoked: "token revoked"
        case .tokenRefused: "token refused"
        case .passwordReset: "password reset"
        case .configurationReloaded: "configuration reloaded"
        case .record: "audit record"
        }
    }
}
