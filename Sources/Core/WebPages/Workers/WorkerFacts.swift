internal import ClusterState
import PageKit

/// What a worker's heartbeats and events tell.
enum WorkerFacts {
    static func append(to html: inout HTML, _ worker: WorkerSnapshot?, name: String, links: Links) {
        html.element(.h2, text: "Heartbeat")
        guard let worker else {
            html.element(.p, .class("muted"), text: "No event of this worker has been seen.")
            return
        }
        html.element(.dl, .class("facts")) { html in
            if let last = worker.lastHeartbeat {
                html.fact("Last heartbeat") { $0.time(last, tick: worker.isAlive ? nil : .ago) { $0.second } }
            }
            html.fact("Interval", Amounts.duration(worker.frequency))
            html.fact("Process id", worker.pid.map { String($0) })
            html.fact("Active", worker.active.map { Amounts.count($0) })
            html.fact("Processed", worker.processed.map { "\(Amounts.count($0)) since it started" })
            html.fact(
                "Load average",
                worker.loadAverage.map { $0.map { Amounts.decimal($0, places: 2) }.joined(separator: "  ") })
            html.fact(
                "Software",
                [worker.softwareIdentity, worker.softwareVersion].compactMap(\.self).joined(separator: " "))
            html.fact("System", worker.softwareSystem)
            html.fact("Clock", worker.clock.map { Amounts.count($0) })
        }
        html.element(.h2, text: "Events since this monitor started")
        html.element(.dl, .class("facts")) { html in
            for (type, count) in worker.eventCounts.sorted(by: { $0.key < $1.key }).prefix(30)
            where type.hasPrefix("task-") {
                html.fact(type) { html in
                    if let state = Self.states[type] {
                        html.element(
                            .a, .href(links.tasks(("worker", name), ("state", state))), text: Amounts.count(count))
                    } else {
                        html.text(Amounts.count(count))
                    }
                }
            }
        }
        html.element(.p) { $0.element(.a, .href(links.tasks(("worker", name))), text: "All tasks of this worker") }
    }

    private static let states = [
        "task-failed": "FAILURE", "task-received": "RECEIVED", "task-rejected": "REJECTED", "task-retried": "RETRY",
        "task-revoked": "REVOKED", "task-started": "STARTED", "task-succeeded": "SUCCESS",
    ]
}
