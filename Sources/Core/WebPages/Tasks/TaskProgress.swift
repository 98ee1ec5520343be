internal import CeleryBroker
import CeleryProtocol
internal import ClusterState
import PageKit

/// What a running task says of itself by `update_state`, which no event carries.
enum TaskProgress {
    /// The state of the task's own; nil when it has none, or has ended.
    private static func state(of stored: StoredResult?) -> TaskState? {
        guard let stored, !stored.isFinal, stored.unreadable == nil else { return nil }
        let state = TaskState(name: stored.state)
        guard case .custom = state else { return nil }
        return state
    }

    /// In a list: a bar with its share, or the state's own name.
    static func appendBrief(to html: inout HTML, _ stored: StoredResult?) {
        guard let state = state(of: stored) else { return }
        guard let fraction = fraction(stored?.result) else {
            html.element(.span, .class("tag"), text: state.word)
            return
        }
        html.element(.span, .class("progress"), .title(state.word)) { html in
            html.bar(fraction)
            html.text(percent(fraction))
        }
    }

    static func append(to html: inout HTML, _ stored: StoredResult?) {
        if let reason = stored?.unreadable {
            html.element(.h2, text: "Stored state")
            html.element(.p, .class("muted"), text: reason)
            return
        }
        guard let state = state(of: stored) else { return }
        html.element(.h2, text: "Progress")
        html.element(.p, .class("progress")) { html in
            html.badge(state)
            guard let fraction = fraction(stored?.result) else { return }
            html.bar(fraction)
            html.element(.strong, text: percent(fraction))
        }
        if let meta = stored?.result, meta != .null {
            html.element(.div, .class("meta")) { JSONFacts.append(to: &$0, meta) }
        }
    }

    private static func percent(_ fraction: Double) -> String { "\(Amounts.decimal(fraction * 100, places: 0)) %" }

    /// From `current` and `total`, as Celery's manual names them.
    private static func fraction(_ meta: JSONValue?) -> Double? {
        guard let current = meta?["current"]?.number, let total = meta?["total"]?.number, total > 0 else { return nil }
        return min(max(current / total, 0), 1)
    }
}
