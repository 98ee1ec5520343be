import AuditTrail
import MetricsText
import SessionStore

/// What the gateway tells a scraper: names begin with `calyx_gateway_`.
struct GatewayMetrics: Sendable {
    let counters: GatewayCounters
    let sessions: any SessionStore
    let audit: AuditTrail?
    let certificates: CertificateStore?

    func text() -> [UInt8] {
        var writer = MetricsWriter()
        writer.family("calyx_gateway_requests_total", .counter, "Requests answered.")
        for (key, count) in counters.requestCounts {
            let labels = [("route", key.route.rawValue), ("method", key.method), ("status", String(key.status))]
            writer.sample(labels.map { (name: $0, value: $1) }, Double(count))
        }
        writer.family("calyx_gateway_decisions_total", .counter, "What was decided about requests.")
        for (outcome, count) in counters.decisions {
            writer.sample([(name: "outcome", value: outcome)], Double(count))
        }
        writer.family("calyx_gateway_limit_hits_total", .counter, "How often a limit was hit, by its option.")
        for (option, count) in counters.limitHits { writer.sample([(name: "limit", value: option)], Double(count)) }
        gauge(&writer, "calyx_gateway_sessions", "Sessions that are live now.", sessions.sessionCount)
        gauge(&writer, "calyx_gateway_connections", "Client connections open now.", counters.openConnections)
        gauge(&writer, "calyx_gateway_streams", "Live streams open now.", counters.openStreams)
        gauge(&writer, "calyx_gateway_core_connections", "Connections to the core.", counters.openCoreConnections)
        if let report = audit?.report {
            writer.family("calyx_gateway_audit_entries_total", .counter, "Audit entries, by what became of them.")
            writer.sample([(name: "outcome", value: "recorded")], Double(report.recorded))
            writer.sample([(name: "outcome", value: "dropped")], Double(report.dropped))
            writer.sample([(name: "outcome", value: "suppressed")], Double(report.suppressed))
            gauge(&writer, "calyx_gateway_audit_waiting", "Audit entries that wait to be written.", report.waiting)
            gauge(
                &writer, "calyx_gateway_audit_failing", "1 while the audit record cannot be written.",
                report.isFailing ? 1 : 0)
        }
        if let certificates {
            let (expires, reloads, failures) = certificates.report
            gauge(
                &writer, "calyx_gateway_certificate_expiry_timestamp_seconds",
                "When the certificate ends, in unix time.",
                expires)
            writer.family(
                "calyx_gateway_certificate_reloads_total", .counter, "Attempts to take a changed certificate.")
            writer.sample([(name: "outcome", value: "taken")], Double(reloads))
            writer.sample([(name: "outcome", value: "refused")], Double(failures))
        }
        return writer.bytes
    }

    private func gauge(_ writer: inout MetricsWriter, _ name: String, _ help: String, _ value: Int) {
        writer.family(name, .gauge, help)
        writer.sample([], Double(value))
    }
}
