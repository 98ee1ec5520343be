internal import CeleryBroker
import CeleryProtocol
internal import ClusterState
import PageKit

/// One worker as a line of the list.
struct WorkerLine {
    let name: String
    let status: WorkerStatus
    let lastHeartbeat: Double?
    let active: Int64?
    let processed: UInt64
    let succeeded: UInt64
    let failed: UInt64
    let retried: UInt64
    let loadAverage: [Double]
    let queues: [String]
    let version: String

    init(_ worker: WorkerSnapshot, inspection: WorkerInspection?, blindSince: Double?) {
        name = worker.hostname
        status = WorkerStatus(worker, blindSince: blindSince)
        lastHeartbeat = worker.lastHeartbeat
        active = worker.active
        // Flower's count: tasks that the worker received.
        processed = worker.eventCounts["task-received"] ?? 0
        succeeded = worker.eventCounts["task-succeeded"] ?? 0
        failed = worker.eventCounts["task-failed"] ?? 0
        retried = worker.eventCounts["task-retried"] ?? 0
        loadAverage = worker.loadAverage ?? []
        queues = inspection.map(InspectedQueue.names) ?? []
        version = worker.softwareVersion ?? ""
    }

    var isOnline: Bool { status == .online }

    func row(links: Links) -> PageContent.Row {
        let load = loadAverage.map { Amounts.decimal($0, places: 2) }.joined(separator: " ")
        return PageContent.Row(
            key: name, attributes: isOnline ? [] : [.class("offline")],
            cells: [
                PageContent.Cell("key primary") { $0.element(.a, .href(links.worker(name)), text: name) },
                PageContent.Cell("status") { $0.workerStatus(status, lastHeartbeat: lastHeartbeat) },
                number("Active", active, links.tasks(("worker", name), ("state", "STARTED"))),
                number("Processed", processed, links.tasks(("worker", name))),
                number("Succeeded", succeeded, links.tasks(("worker", name), ("state", "SUCCESS"))),
                number("Failed", failed, links.tasks(("worker", name), ("state", "FAILURE")), style: "bad"),
                number("Retried", retried, links.tasks(("worker", name), ("state", "RETRY"))),
                PageContent.Cell("load", label: "Load") { $0.text(isOnline && !load.isEmpty ? load : "–") },
                PageContent.Cell("queues", label: "Queues") { html in
                    if queues.isEmpty { html.element(.span, .class("muted"), text: "–") }
                    for queue in queues { html.element(.span, .class("tag"), text: queue) }
                },
                PageContent.Cell("version", label: "Version") { $0.text(version.isEmpty ? "–" : version) },
            ])
    }

    private func number(
        _ label: String, _ value: (some BinaryInteger)?, _ link: Link, style: String = ""
    ) -> PageContent.Cell {
        PageContent.Cell(value ?? 0 > 0 ? "number \(style)" : "number", label: label) { html in
            guard let value else {
                html.text("–")
                return
            }
            if value > 0 {
                html.element(.a, .href(link), text: Amounts.count(value))
            } else {
                html.element(.span, .class("zero"), text: "0")
            }
        }
    }
}
