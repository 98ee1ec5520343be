internal import ClusterState
import PageKit

/// Whether a worker is there, as far as can be known.
enum WorkerStatus: Equatable {
    case online
    case offline
    /// It was there when the broker was lost, and nothing is heard of anybody since.
    case unknown

    init(_ worker: WorkerSnapshot?, blindSince: Double?) {
        guard let worker else {
            self = .offline
            return
        }
        if let blindSince, !worker.heartbeats.isEmpty, let last = worker.lastHeartbeat,
            last + 2 * worker.frequency >= blindSince
        {
            self = .unknown
        } else {
            self = worker.isAlive ? .online : .offline
        }
    }
}

extension HTML {
    /// Online, or not and since when nothing was heard.
    mutating func workerStatus(_ status: WorkerStatus, lastHeartbeat: Double?) {
        switch status {
        case .online:
            element(.span, .class("state state-online"), text: "Online")
            return
        case .offline: element(.span, .class("state state-offline"), text: "Offline")
        case .unknown: element(.span, .class("state state-unknown"), text: "Not known")
        }
        guard let lastHeartbeat else { return }
        element(.span, .class("since")) { html in
            html.text(status == .unknown ? "last heartbeat " : "no heartbeat ")
            html.time(lastHeartbeat, tick: status == .unknown ? .ago : .for) {
                status == .unknown ? "at \($0.second)" : "since \($0.second)"
            }
        }
    }
}
