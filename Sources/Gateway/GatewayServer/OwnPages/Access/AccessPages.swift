import APITokens
import AuditTrail
import Identity
import Logging
import PageKit
import SessionStore
import SignIn

/// The gateway's pages for who is signed in: sessions, API tokens, audit. They work without scripts.
struct AccessPages: Sendable {
    let prefix: PathPrefix
    let product: ProductNames
    let isReadOnly: Bool
    let sessions: any SessionStore
    let tokens: TokenStore?
    let audit: AuditRecorder
    let doctor: ProxyDoctor
    let sightings: ProxySightings
    let errors: ErrorAnswers
    let logger: Logger
    let now: @Sendable () -> Double

    /// Role and CSRF rule were looked at before.
    func answer(_ route: AccessRoute, _ request: OwnRequest, _ caller: Caller) async -> Answer {
        do {
            return switch route {
            case .overview: .redirect(to: prefix.value + "/access/sessions")
            case .sessions: try await sessionsPage(request, caller)
            case .endSession: try await endSession(request, caller)
            case .endSessions: try await endSessions(request, caller)
            case .tokens: try await tokensPage(request, caller)
            case .createToken: try await createToken(request, caller)
            case .revokeToken: try await revokeToken(request, caller)
            case .audit: try await auditPage(request, caller)
            case .auditEntries: try await auditEntries(request)
            case .proxy: try await proxyPage(request, caller)
            }
        } catch {
            logger.error("a page of the gateway failed", metadata: ["path": "\(route)", "error": "\(error)"])
            return errors.failure(
                503, detail: "What this page needs cannot be reached at the moment. Try again soon.",
                outcome: .refused, isNavigation: request.isNavigation || request.method == .post, reason: "store")
        }
    }

    /// A page in the frame that all pages have.
    func page(
        _ status: Int = 200, title: String, _ caller: Caller, notice: Notice? = nil,
        _ content: (inout HTML, Links) -> Void
    ) -> Answer {
        let links = Links(prefix: prefix.value, hidesWorkers: caller.principal.scope != nil)
        let shell = PageShell(
            links: links, title: title, section: nil,
            person: PageShell.Person(
                name: caller.principal.name, role: caller.principal.role.rawValue,
                limit: caller.principal.scope?.description),
            csrfToken: caller.csrfToken, version: product.version, clusterName: product.cluster,
            isReadOnly: isReadOnly, assets: .signIn(prefix: prefix.value))
        let main = HTML { html in
            notice?.append(to: &html)
            content(&html, links)
        }
        var answer = Answer.page(status, shell.render(banners: HTML(), main: main))
        answer.principal = "\(caller.principal.provider):\(caller.principal.name)"
        return answer
    }

    /// Back to a page, which then says what was done: a word of ours in the query, never a text.
    func done(_ path: String, _ word: String) -> Answer { .redirect(to: "\(prefix.value)\(path)?done=\(word)") }

    /// A hidden field with the session's CSRF token.
    static func token(_ html: inout HTML, _ caller: Caller) {
        html.element(.input, .type("hidden"), .name("_csrf"), .value(caller.csrfToken))
    }
}

/// What pages say of the product.
package struct ProductNames: Sendable {
    package var version = ""
    /// Which cluster is watched; empty when this half does not know.
    package var cluster = ""

    package init() {}
}

/// One sentence above a page's content.
struct Notice: Sendable {
    var text: String
    var isGood = true
    /// Shown in a line of its own, to be copied.
    var code: String?

    func append(to html: inout HTML) {
        html.element(
            .div, .class(isGood ? "notice notice-good" : "notice notice-bad"), .init(.role, isGood ? "status" : "alert")
        ) { html in
            html.element(.span, .class(isGood ? "i i-success" : "i i-failure"), .aria("hidden", "true"))
            html.element(.div) { html in
                html.element(.p, text: text)
                if let code {
                    html.element(.p, .class("command")) { html in
                        html.element(.code, .id("new-token"), .class("breakable"), text: code)
                        html.element(
                            .button, .class("button scripted"), .type("button"), .data("copy", code), text: "Copy")
                    }
                }
            }
        }
    }
}

extension HTML {
    /// A moment in UTC, to the minute, exact on hover; `-` for none.
    mutating func moment(_ seconds: Double?) {
        guard let seconds else { return element(.span, .class("muted"), text: "never") }
        let text = AuditExport.time(seconds)
        element(
            .time, .init(.datetime, text), .title(text),
            text: "\(text.prefix(10)) \(text.dropFirst(11).prefix(8))")
    }

    /// A time span in the largest unit that says enough.
    static func words(_ seconds: Double) -> String {
        let seconds = Int(max(0, min(seconds, 1e12)))
        return switch seconds {
        case ..<90: "\(seconds) s"
        case ..<5400: "\((seconds + 30) / 60) min"
        case ..<172_800: "\((seconds + 1800) / 3600) h"
        default: "\((seconds + 43_200) / 86_400) days"
        }
    }

    /// A cell with its heading for narrow screens.
    mutating func cell(_ label: String, class name: String? = nil, _ content: (inout HTML) -> Void) {
        element(.td, name.map { .class($0) }, .data("label", label), content: content)
    }

    /// A heading row.
    mutating func headings(_ names: [(String, String)]) {
        element(.thead) { html in
            html.element(.tr) { html in
                for (name, style) in names {
                    html.element(.th, style.isEmpty ? nil : .class(style), .scope("col"), text: name)
                }
            }
        }
    }
}
