import NIOConcurrencyHelpers

/// What requests showed of a proxy that is not known here. Bounded: the first few of each kind are kept, the rest counted.
final class ProxySightings: Sendable {
    struct Report: Sendable {
        /// Peers that sent `X-Forwarded-For` and are not trusted, in the order of their first request.
        var untrusted: [(peer: String, requests: Int)] = []
        /// Origins that were refused as foreign, and what the service took itself for.
        var foreign: [(origin: String, own: String, requests: Int)] = []
    }

    private let report = NIOLockedValueBox(Report())
    private static let kept = 8

    /// True the first time that any peer is seen: then it is worth a line in the log.
    func untrusted(_ peer: String) -> Bool {
        report.withLockedValue { report in
            if let index = report.untrusted.firstIndex(where: { $0.peer == peer }) {
                report.untrusted[index].requests += 1
            } else if report.untrusted.count < Self.kept {
                report.untrusted.append((peer, 1))
                return report.untrusted.count == 1
            }
            return false
        }
    }

    func foreign(_ origin: String, own: String) {
        let origin = String(origin.prefix(200))
        report.withLockedValue { report in
            if let index = report.foreign.firstIndex(where: { $0.origin == origin && $0.own == own }) {
                report.foreign[index].requests += 1
            } else if report.foreign.count < Self.kept {
                report.foreign.append((origin, own, 1))
            }
        }
    }

    var current: Report { report.withLockedValue { $0 } }

    /// The same as findings.
    var findings: [ProxyFinding] {
        let report = current
        return report.untrusted.map { peer, requests in
            ProxyFinding(
                .advice, "trusted_proxies",
                "\(peer) sends X-Forwarded-For but is not a trusted proxy, so the field is ignored "
                    + "(\(Self.times(requests))). If it is your proxy, trust it.", fix: Self.fix(peer: peer))
        }
            + report.foreign.map { origin, own, requests in
                ProxyFinding(
                    .advice, "external_url",
                    "Requests from \(origin) were refused as foreign, since this service took itself for \(own) "
                        + "(\(Self.times(requests))). If both are the same place, its address is not known here.",
                    fix: ExternalURL(origin).map { "--external_url=\($0.origin)" })
            }
    }

    static func fix(peer: String) -> String { peer == "unix" ? "--xheaders=true" : "--trusted_proxies=\(peer)" }

    private static func times(_ count: Int) -> String { count == 1 ? "one request" : "\(count) requests" }
}
