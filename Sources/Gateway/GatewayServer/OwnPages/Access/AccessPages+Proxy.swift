import NIOPosix
import PageKit

/// `/access/proxy`: what is wrong on the way from browsers to here, and the nginx configuration that fits.
extension AccessPages {
    func proxyPage(_ request: OwnRequest, _ caller: Caller) async throws -> Answer {
        let doctor = doctor
        let configured = try await NIOThreadPool.singleton.runIfActive { doctor.findings() }
        let proxied = request.proxied
        let findings = configured + sightings.findings + (proxied.map(doctor.findings(of:)) ?? [])
        return page(title: "Proxy", caller) { html, _ in
            html.element(.h1, text: "Proxy")
            if findings.isEmpty {
                html.element(.p, .class("muted"), text: "Prefix, scheme, proxy, certificate and cookie fit each other.")
            } else {
                Self.table(&html, findings)
            }
            if let proxied {
                html.element(.h2, text: "This request, as it came")
                Self.facts(&html, proxied, request.view)
            }
            let block = NginxBlock(doctor.setup)
            guard block.isOfUse else { return }
            html.element(.h2, text: "The nginx configuration that fits")
            html.element(.p, .class("muted hint")) { html in
                html.text("The gateway's side of it: ")
                html.element(.code, .class("breakable"), text: block.options.joined(separator: " "))
            }
            html.element(.div, .class("value-box")) { html in
                html.element(.pre, .id("nginx"), text: block.text)
                html.element(
                    .button, .class("button copy scripted"), .type("button"), .data("copy", block.text), text: "Copy")
            }
        }
    }

    private static func table(_ html: inout HTML, _ findings: [ProxyFinding]) {
        html.element(.div, .class("panel")) { html in
            html.element(.table, .class("grid cards")) { html in
                html.headings([("About", "primary"), ("What", ""), ("What mends it", "")])
                html.element(.tbody) { html in
                    // What keeps people out comes first.
                    for finding in findings.filter({ $0.level == .wrong }) + findings.filter({ $0.level != .wrong }) {
                        row(&html, finding)
                    }
                }
            }
        }
    }

    private static func row(_ html: inout HTML, _ finding: ProxyFinding) {
        html.element(.tr) { html in
            html.cell("", class: "primary") { html in
                html.element(.code, text: finding.option)
                if finding.level == .wrong {
                    html.text(" ")
                    html.element(.span, .class("state state-failure"), text: "Wrong")
                }
            }
            html.cell("What") { $0.text(finding.text) }
            html.cell("What mends it") { html in
                if let fix = finding.fix { html.element(.code, text: fix) }
            }
        }
    }

    private static func facts(_ html: inout HTML, _ request: ProxiedRequest, _ view: BrowserView) {
        html.element(.dl, .class("facts")) { html in
            func fact(_ name: String, _ value: String) {
                html.element(.dt, text: name)
                html.element(.dd) { $0.element(.code, .class("breakable"), text: value) }
            }
            fact("Connection from", "\(request.peer), \(request.isTrusted ? "a trusted proxy" : "not a trusted proxy")")
            let ignored = request.isTrusted ? "" : " (ignored)"
            fact(
                "X-Forwarded-For",
                request.forwardedFor.isEmpty ? "not sent" : request.forwardedFor.joined(separator: ", ") + ignored)
            fact("X-Forwarded-Proto", request.forwardedProto.map { $0 + ignored } ?? "not sent")
            fact("X-Forwarded-Host", request.forwardedHost.map { $0 + ignored } ?? "not sent")
            fact("Host", request.host)
            if let hasPrefix = request.hasPrefix {
                fact("Prefix", hasPrefix ? "kept by the proxy" : "removed by the proxy")
            }
            fact("Client", view.client)
            fact("Address outside", view.origin)
        }
    }
}
