internal import CeleryProtocol
internal import ClusterState
internal import Logging

/// Tells the log once for each reason that something of an event could not be used, with a sample of what it was.
/// Numbers afterwards are in `calyx_ingest_lost_total`.
struct LossLog: Sendable {
    let cluster: Cluster
    let logger: Logger

    func run() async {
        var told: Set<String> = []
        while !Task.isCancelled {
            let status = cluster.ingestStatus()
            for (reason, count) in status.lostByReason where told.insert(reason).inserted {
                let sample = status.samples[reason].map { String(decoding: $0, as: UTF8.self) } ?? ""
                var metadata: Logger.Metadata = ["reason": "\(reason)", "count": "\(count)", "sample": "\(sample)"]
                if let advice = EventProblem(rawValue: reason)?.advice { metadata["advice"] = "\(advice)" }
                logger.warning(
                    "something of an event could not be read; it is counted from now on", metadata: metadata)
            }
            try? await Task.sleep(for: .seconds(5))
        }
    }
}
