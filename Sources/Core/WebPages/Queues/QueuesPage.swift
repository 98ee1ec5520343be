internal import CeleryBroker
import CeleryProtocol
internal import ClusterState
import PageKit

/// The broker and its queues.
struct QueuesPage: Page {
    struct Model {
        var broker: BrokerStatus
        var sample: QueueSample
        var gaps: [EventGap]
        /// Begun since the start.
        var gapCount: UInt64
        var now: Double
    }

    let links: Links

    func mark(_ source: PageSource) -> PageMark {
        let sample = source.broker.queueSample()
        let status = source.broker.status
        let (gaps, gapCount) = source.cluster.gaps()
        return PageMark(
            revision: UInt64(status.since.magnitude.rounded(.down).clamped) << 1 | (status.isConnected ? 1 : 0),
            queuesTakenAt: sample.takenAt, queueProblem: sample.problem,
            inspectedAt: source.broker.inspections().values.map(\.timestamp).max(),
            gapCount: gapCount, hasOpenGap: gaps.last.map { $0.end == nil } ?? false)
    }

    func content(_ source: PageSource) -> PageContent {
        let (gaps, gapCount) = source.cluster.gaps()
        return Self.content(
            Model(
                broker: source.broker.status, sample: source.broker.queueSample(), gaps: gaps, gapCount: gapCount,
                now: source.now()), links: links)
    }

    static func content(_ model: Model, links: Links) -> PageContent {
        var page = PageContent(title: "Queues", section: .queues, kind: "queues")
        page.still { $0.element(.h1, text: "Queues") }
        page.region("broker", .section, .class("broker"), .aria("label", "Broker")) { broker(&$0, model) }
        page.element(.div, .class("panel")) { page in
            page.element(.table, .class("grid cards queues"), .data("keys")) { page in
                page.still { html in
                    html.element(.thead) { html in
                        html.element(.tr) { html in
                            html.element(.th, .class("primary"), .scope("col"), text: "Queue")
                            html.element(.th, .class("depth"), .scope("col"), text: "Waiting messages")
                            html.element(.th, .class("consumers"), .scope("col"), text: "Consumers")
                        }
                    }
                }
                let deepest = model.sample.queues.map(\.messages).max() ?? 0
                page.rows("queues", model.sample.queues.map { row($0, deepest: deepest, links) })
                page.region("totals", .tfoot) { totals(&$0, model.sample) }
            }
            page.region("none", .div, .class("none")) { html in
                if model.sample.queues.isEmpty { empty(&html) }
            }
        }
        page.still { html in
            html.element(
                .p, .class("muted hint"),
                text: links.hidesWorkers
                    ? "Messages that workers have fetched and not acknowledged are in no queue. They are counted for all "
                        + "queues together, and so not shown to you."
                    : "Messages that workers have fetched and not acknowledged are in no queue: they are counted "
                        + "for all queues together. Consumers are the workers that said so when asked.")
        }
        page.region("gaps", .section, .class("gap-list"), .aria("label", "Gaps in the stream of events")) { html in
            GapList(gaps: model.gaps, total: model.gapCount, now: model.now).append(to: &html)
        }
        return page
    }

    private static func broker(_ html: inout HTML, _ model: Model) {
        html.element(
            .span, .class(model.broker.isConnected ? "state state-online" : "state state-offline"),
            text: model.broker.isConnected ? "Connected" : "Unreachable")
        html.time(model.broker.since, tick: .for) { "since \($0.second)" }
        html.element(.code, .class("breakable"), text: model.broker.url)
        html.element(.span, .class("muted")) { html in
            if let takenAt = model.sample.takenAt {
                html.text("sampled ")
                html.time(takenAt, tick: .ago) { "at \($0.second)" }
            } else {
                html.text("not sampled yet")
            }
        }
        if let problem = model.sample.problem {
            html.element(.div, .class("notice notice-warn"), .init(.role, "status")) { html in
                html.element(.span, .class("i i-gap"), .aria("hidden", "true"))
                html.element(.p, text: "The newest sample failed: \(problem)")
            }
        }
    }

    private static func row(_ queue: QueueDepth, deepest: Int, _ links: Links) -> PageContent.Row {
        let isOrphan = queue.messages > 0 && queue.consumers.isEmpty
        return PageContent.Row(
            key: queue.name, attributes: isOrphan ? [.class("orphan")] : [],
            cells: [
                PageContent.Cell("primary") { $0.element(.span, .class("key"), text: queue.name) },
                PageContent.Cell("depth", label: "Waiting") { html in
                    html.element(
                        .strong, .class(queue.messages > 0 ? "amount" : "zero"), text: Amounts.count(queue.messages))
                    html.bar(deepest > 0 ? Double(queue.messages) / Double(deepest) : 0)
                },
                PageContent.Cell("consumers", label: "Consumers") { html in
                    if queue.consumers.isEmpty {
                        html.element(
                            .span, .class(isOrphan ? "state state-warn" : "muted"),
                            text: isOrphan ? "No known consumer" : "none known")
                    }
                    for name in queue.consumers.prefix(12) {
                        html.workerName(name, links, style: "tag")
                    }
                    if queue.consumers.count > 12 {
                        html.element(
                            .span, .class("muted"), text: "and \(Amounts.count(queue.consumers.count - 12)) more")
                    }
                },
            ])
    }

    private static func totals(_ html: inout HTML, _ sample: QueueSample) {
        html.element(.tr) { html in
            html.element(.th, .scope("row"), text: "Total")
            html.element(.td, .class("depth")) { html in
                html.element(.strong, text: Amounts.count(sample.queues.reduce(0) { $0 + $1.messages }))
                html.text(" waiting")
            }
            html.element(.td, .class("consumers")) { html in
                if let unacknowledged = sample.unacknowledged {
                    html.element(.strong, text: Amounts.count(unacknowledged))
                    html.text(" unacknowledged")
                } else {
                    html.element(.span, .class("muted"), text: "unacknowledged: not known")
                }
            }
        }
    }

    private static func empty(_ html: inout HTML) {
        html.element(.section, .class("empty")) { html in
            html.element(.span, .class("i i-queue empty-icon"), .aria("hidden", "true"))
            html.element(.h2, text: "No queue is known yet")
            html.element(
                .p,
                text: "Queues are found from what workers consume and from what lies in the broker. "
                    + "Start a worker, or send a first task.")
            html.command("celery -A your_app worker -E -Q default")
        }
    }
}

extension Double {
    /// Within what 62 bits hold.
    fileprivate var clamped: Double { isFinite ? min(self, 4e18) : 0 }
}
