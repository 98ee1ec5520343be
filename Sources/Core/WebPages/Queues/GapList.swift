import CeleryProtocol
import PageKit

/// When events may have been missed, the newest first.
struct GapList {
    let gaps: [EventGap]
    /// Begun since the start; more than `gaps` when the older ones are forgotten.
    let total: UInt64
    let now: Double

    func append(to html: inout HTML) {
        guard !gaps.isEmpty else { return }
        html.element(.h2, text: "Gaps in the stream of events")
        html.element(.div, .class("panel")) { html in
            html.element(.table, .class("grid cards gaps")) { html in
                html.element(.thead) { html in
                    html.element(.tr) { html in
                        html.element(.th, .class("primary"), .scope("col"), text: "From")
                        html.element(.th, .scope("col"), text: "To")
                        html.element(.th, .scope("col"), text: "Reason")
                    }
                }
                html.element(.tbody) { html in
                    for gap in gaps.reversed() { row(&html, gap) }
                }
            }
        }
        html.element(.p, .class("muted hint")) { html in
            html.text("Tasks that changed in a gap may show an older state until their next event. ")
            if total > gaps.count { html.text("The newest \(gaps.count) of \(total) since the start.") }
        }
    }

    private func row(_ html: inout HTML, _ gap: EventGap) {
        html.element(.tr) { html in
            html.element(.td, .class("primary")) { $0.clock(gap.start, now: now) }
            html.element(.td) { html in
                if let end = gap.end {
                    html.clock(end, now: now)
                } else {
                    html.element(.span, .class("state state-warn"), text: "still open")
                }
            }
            html.element(.td, text: gap.reason.sentence)
        }
    }
}
