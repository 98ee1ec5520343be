internal import CeleryBroker
import CeleryProtocol
import PageKit

/// The answers to remote inspection as tables.
enum WorkerAnswers {
    static func append(to html: inout HTML, _ inspection: WorkerInspection) {
        pool(&html, inspection.stats)
        queues(&html, inspection.activeQueues)
        requests(&html, "Reserved", inspection.reserved, note: "fetched and waiting for a free process")
        requests(&html, "Scheduled", inspection.scheduled, note: "waiting for their ETA")
        totals(&html, inspection.stats)
        section(&html, "System use", inspection.stats?["rusage"], labels: RusageLabel.text)
        section(&html, "Broker connection", inspection.stats?["broker"])
        registered(&html, inspection.registered)
        section(&html, "Configuration", inspection.conf, hidesNull: true)
    }

    private static func pool(_ html: inout HTML, _ stats: JSONValue?) {
        guard let stats, case .object(let members)? = stats["pool"] else { return }
        html.element(.h2, text: "Pool")
        html.element(.dl, .class("facts")) { html in
            for member in members where member.key != "writes" {
                html.fact(Self.title(member.key)) { JSONFacts.append(to: &$0, member.value) }
            }
            for (word, key) in [("Main process id", "pid"), ("Prefetch count", "prefetch_count")] {
                if let value = stats[key] { html.fact(word) { JSONFacts.append(to: &$0, value) } }
            }
            if let uptime = stats["uptime"]?.number { html.fact("Uptime", Amounts.duration(uptime)) }
        }
    }

    private static func queues(_ html: inout HTML, _ answer: JSONValue?) {
        guard case .array(let queues)? = answer, !queues.isEmpty else { return }
        html.element(.h2, text: "Queues")
        html.element(
            .div, .class("panel scroll"), .init(.tabindex, "0"), .init(.role, "region"), .aria("label", "Queues")
        ) { html in
            html.element(.table, .class("grid")) { html in
                html.element(.thead) { html in
                    html.element(.tr) { html in
                        for title in ["Queue", "Exchange", "Routing key", "Durable", "Acknowledged"] {
                            html.element(.th, .scope("col"), text: title)
                        }
                    }
                }
                html.element(.tbody) { html in
                    for queue in queues.prefix(200) {
                        html.element(.tr) { html in
                            html.element(.td) { JSONFacts.append(to: &$0, queue["name"]) }
                            html.element(.td) { JSONFacts.append(to: &$0, queue["exchange"]?["name"]) }
                            html.element(.td) { JSONFacts.append(to: &$0, queue["routing_key"]) }
                            html.element(.td) { JSONFacts.append(to: &$0, queue["durable"]) }
                            html.element(.td, text: queue["no_ack"] == .bool(true) ? "no" : "yes")
                        }
                    }
                }
            }
        }
    }

    private static func requests(_ html: inout HTML, _ title: String, _ answer: JSONValue?, note: String) {
        guard case .array(let requests)? = answer, !requests.isEmpty else { return }
        html.element(.h2, text: "\(title) tasks")
        html.element(.p, .class("muted"), text: "\(Amounts.counted(requests.count, "task")), \(note).")
        html.element(.ul, .class("plain")) { html in
            for request in requests.prefix(50) {
                // A scheduled task is wrapped: {"eta": …, "request": {…}}.
                let task = request["request"] ?? request
                html.element(.li) { html in
                    JSONFacts.append(to: &html, task["name"])
                    html.text(" ")
                    html.element(.span, .class("mono id")) { JSONFacts.append(to: &$0, task["id"]) }
                    if case .string(let eta)? = request["eta"] {
                        html.element(.span, .class("muted"), text: " at \(eta)")
                    }
                }
            }
        }
        if requests.count > 50 { html.element(.p, .class("muted"), text: "The first 50 are shown.") }
    }

    private static func totals(_ html: inout HTML, _ stats: JSONValue?) {
        guard case .object(let totals)? = stats?["total"], !totals.isEmpty else { return }
        html.element(.h2, text: "Processed by task")
        html.element(.dl, .class("facts")) { html in
            for total in totals.sorted(by: { $0.key < $1.key }).prefix(500) {
                html.fact(total.key) { JSONFacts.append(to: &$0, total.value) }
            }
        }
    }

    private static func registered(_ html: inout HTML, _ answer: JSONValue?) {
        guard case .array(let names)? = answer, !names.isEmpty else { return }
        html.element(.details) { html in
            html.element(.summary, .class("section-summary"), text: "Registered tasks (\(names.count))")
            html.element(.ul, .class("plain mono")) { html in
                for name in names.prefix(2000) { html.element(.li) { JSONFacts.append(to: &$0, name) } }
            }
        }
    }

    private static func section(
        _ html: inout HTML, _ title: String, _ value: JSONValue?, labels: (String) -> String = { title($0) },
        hidesNull: Bool = false
    ) {
        guard case .object(let members)? = value, !members.isEmpty else { return }
        html.element(.details) { html in
            html.element(.summary, .class("section-summary"), text: title)
            html.element(.dl, .class("facts")) { html in
                for member in members.sorted(by: { $0.key < $1.key }).prefix(1000) {
                    if hidesNull, member.value == .null { continue }
                    html.fact(hidesNull ? member.key : labels(member.key)) {
                        JSONFacts.append(to: &$0, member.value, isSecret: SecretName.matches(member.key))
                    }
                }
            }
        }
    }

    /// `max-concurrency` as `Max concurrency`.
    private static func title(_ key: String) -> String {
        let words = String(key.map { $0 == "-" || $0 == "_" ? " " : $0 })
        return words.prefix(1).uppercased() + words.dropFirst()
    }
}
