import CeleryBroker
import ClusterState
import CoreServer
import History
import Logging
import Options

/// The settings of history brought to its store and its writer.
enum HistoryAssembly {
    static func configuration(_ settings: Settings, path: String) -> SQLiteHistory.Configuration {
        var configuration = SQLiteHistory.Configuration(path: path)
        configuration.isFullySynchronous = settings.history.isFullySynchronous
        configuration.isIndexed = settings.history.isIndexed
        configuration.retention = Retention(
            age: settings.history.retain, bytes: settings.history.maximumBytes,
            ageByName: settings.history.retainTasks)
        return configuration
    }

    /// nil when nothing is to be kept.
    static func history(
        _ settings: Settings, cluster: Cluster, broker: any Broker, now: @escaping @Sendable () -> Double
    ) -> History? {
        guard settings.history.isOn else { return nil }
        let logger = Logger(label: "history")
        var status = HistoryStatus(engine: .sqlite, place: settings.history.file, since: now())
        do throws(HistoryError) {
            let choice = try HistoryFile.choose(settings.history.file)
            status.place = choice.path
            status.notice = choice.notice
            if let notice = choice.notice { logger.warning("\(notice)") }
        } catch {
            // It is tried again with every attempt to open, and said then.
            logger.error("\(error.message)")
        }
        return History(
            source: HistorySource(cluster: cluster) {
                Dictionary(broker.queueSample().queues.map { ($0.name, $0.messages) }, uniquingKeysWith: max)
            },
            redaction: Redaction(words: settings.history.redact ?? Redaction.usual), status: status, logger: logger,
            now: now
        ) { () throws(HistoryError) in
            let path = try HistoryFile.choose(settings.history.file).path
            return try SQLiteHistory.opening(configuration(settings, path: path), now: now(), logger: logger)
        }
    }
}
