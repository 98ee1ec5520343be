internal import CeleryBroker
import CeleryProtocol
internal import ClusterState
internal import History
import PageKit

/// The zone under the header that says what is wrong with the monitor's own view.
struct Banners {
    /// Gaps that ended longer ago are history.
    static let gapMemory = 900.0

    let broker: BrokerStatus
    let gaps: [EventGap]
    let history: HistoryStatus
    let now: Double

    init(_ source: PageSource) {
        self.init(
            broker: source.broker.status, gaps: source.cluster.gaps().newest, history: source.history.status,
            now: source.now())
    }

    init(broker: BrokerStatus, gaps: [EventGap], history: HistoryStatus = NoHistory().status, now: Double) {
        self.broker = broker
        self.history = history
        self.now = now
        self.gaps = gaps.filter { $0.end.map { $0 > now - Self.gapMemory } ?? true }
    }

    func append(to html: inout HTML) {
        if !broker.isConnected { unreachable(&html) }
        if let gap = gaps.last, broker.isConnected || gap.end != nil { missed(&html, gap) }
        if let problem = history.problem { unwritten(&html, problem) }
    }

    private func unwritten(_ html: inout HTML, _ problem: String) {
        html.element(.div, .class("banner banner-warn"), .init(.role, "status")) { html in
            html.element(.span, .class("i i-gap"), .aria("hidden", "true"))
            html.element(.div) { html in
                html.element(.strong) { html in
                    html.text("History is not being written ")
                    html.time(history.since, tick: .for) { "since \($0.second)" }
                }
                html.element(.p) { html in
                    html.text(
                        "\(Self.sentence(problem)) Tasks are kept in memory meanwhile and written once that works again."
                    )
                    if history.spilled > 0 {
                        html.text(" Memory was too small for all: \(history.spilled) changes are lost to history.")
                    }
                }
            }
        }
    }

    private func unreachable(_ html: inout HTML) {
        html.element(.div, .class("banner banner-bad"), .init(.role, "alert")) { html in
            html.element(.span, .class("i i-failure"), .aria("hidden", "true"))
            html.element(.div) { html in
                html.element(.strong) { html in
                    html.text("Broker unreachable ")
                    html.time(broker.since, tick: .for) { "since \($0.second)" }
                }
                html.element(.p) { html in
                    if let problem = broker.problem {
                        html.text("\(Self.sentence(problem)) ")
                    }
                    if let next = broker.nextAttempt {
                        html.text("Next attempt ")
                        html.time(next, tick: .until) { "at \($0.second)" }
                        html.text(". ")
                    }
                    html.text(
                        "Below is the last known state. Workers may be fine: they are not heard while this lasts.")
                }
                html.element(.code, text: broker.url)
            }
        }
    }

    private func missed(_ html: inout HTML, _ gap: EventGap) {
        html.element(.div, .class("banner banner-warn"), .init(.role, "status")) { html in
            html.element(.span, .class("i i-gap"), .aria("hidden", "true"))
            html.element(.div) { html in
                html.element(.strong) { html in
                    let end = gap.end.flatMap { $0.rounded(.down) == gap.start.rounded(.down) ? nil : $0 }
                    html.text(
                        gap.end == nil
                            ? "Events may be missing since "
                            : end == nil ? "Events may be missing at " : "Events may be missing from ")
                    html.time(gap.start) { $0.second }
                    if let end {
                        html.text(" to ")
                        html.time(end) { $0.second }
                    }
                }
                html.element(.p) { html in
                    html.text(gap.reason.sentence)
                    html.text(" Tasks that changed in that time may show an older state.")
                    if gaps.count > 1 { html.text(" \(gaps.count) gaps in the last 15 minutes.") }
                }
            }
        }
    }

    private static func sentence(_ text: String) -> String {
        text.last.map { ".?!".contains($0) } == true ? text : text + "."
    }
}

extension EventGap.Reason {
    /// For who reads a page.
    var sentence: String {
        switch self {
        case .disconnected: "The connection to the broker was lost."
        case .overrun: "Redis closed the connection, most likely because its output buffer was full."
        case .silence: "The connection stood, but no heartbeat came although workers were running."
        }
    }
}
