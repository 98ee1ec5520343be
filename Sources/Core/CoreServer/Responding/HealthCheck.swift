internal import CeleryBroker
internal import CeleryProtocol
internal import ClusterState
internal import FlowerAPI
internal import History

/// Whether the core sees its cluster.
struct HealthCheck: Sendable {
    /// Blind for longer than this, in seconds, is not ready.
    static let longestBlindness = 30.0

    let cluster: Cluster
    let broker: any Broker
    let history: any TaskHistory
    let now: @Sendable () -> Double

    struct Report: Sendable {
        var isReady: Bool
        var json: [UInt8]
    }

    func report() -> Report {
        let time = now()
        let status = broker.status
        let ingest = cluster.ingestStatus()
        let blindSince = [status.isConnected ? nil : status.since, ingest.gaps.last { $0.end == nil }?.start]
            .compactMap(\.self).min()
        let blind = blindSince.map { max(0, time - $0) }
        let isReady = (blind ?? 0) <= Self.longestBlindness
        var json = JSONBody()
        json.raw("{\"status\": ")
        json.string(blind == nil ? "ok" : isReady ? "interrupted" : "blind")
        json.raw(", \"blind_seconds\": ")
        json.number(blind ?? 0)
        json.raw(", \"broker\": {\"url\": ")
        json.string(status.url)
        json.raw(", \"connected\": ")
        json.bool(status.isConnected)
        json.raw(", \"since\": ")
        json.number(status.since)
        json.raw(", \"problem\": ")
        json.string(status.problem)
        json.raw(", \"next_attempt\": ")
        json.number(status.nextAttempt)
        json.raw("}, \"events\": {\"last\": ")
        json.number(ingest.lastEventAt)
        json.raw(", \"lag_seconds\": ")
        json.number(ingest.lagSeconds)
        json.raw(", \"gaps\": ")
        json.integer(ingest.gaps.count)
        json.raw("}, \"workers\": {")
        let workers = cluster.workers()
        json.raw("\"known\": ")
        json.integer(workers.count)
        json.raw(", \"online\": ")
        json.integer(workers.count(where: \.isAlive))
        json.raw("}, \"tasks\": ")
        json.integer(cluster.taskCounts().values.reduce(0, +))
        json.raw(", \"history\": ")
        append(history.status, to: &json)
        json.raw("}")
        return Report(isReady: isReady, json: json.bytes)
    }

    /// History that does not work makes nobody blind: it is told, and no reason for 503.
    private func append(_ status: HistoryStatus, to json: inout JSONBody) {
        json.raw("{\"engine\": ")
        json.string(status.engine.rawValue)
        json.raw(", \"place\": ")
        json.string(status.place)
        json.raw(", \"problem\": ")
        json.string(status.problem)
        json.raw(", \"since\": ")
        json.number(status.since)
        json.raw(", \"notice\": ")
        json.string(status.notice)
        json.raw(", \"last_write\": ")
        json.number(status.lastWrite)
        json.raw(", \"tasks\": ")
        json.integer(status.tasks)
        json.raw(", \"bytes\": ")
        json.integer(status.bytes)
        json.raw(", \"waiting\": ")
        json.integer(status.waiting)
        json.raw(", \"spilled\": ")
        json.integer(Int(clamping: status.spilled))
        json.raw("}")
    }
}
