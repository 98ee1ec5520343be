import Logging
import NIOConcurrencyHelpers

/// Keeps what is logged.
final class LogCollector: Sendable {
    private let lines = NIOLockedValueBox<[String]>([])

    var text: String { lines.withLockedValue { $0.joined(separator: "\n") } }

    func add(_ text: String) { lines.withLockedValue { $0.append(text) } }

    func logger() -> Logger {
        var logger = Logger(label: "gateway") { _ in Handler(lines: self.lines) }
        logger.logLevel = .debug
        return logger
    }

    private struct Handler: LogHandler {
        let lines: NIOLockedValueBox<[String]>
        var metadata: Logger.Metadata = [:]
        var logLevel = Logger.Level.debug

        subscript(metadataKey key: String) -> Logger.Metadata.Value? {
            get { metadata[key] }
            set { metadata[key] = newValue }
        }

        func log(event: LogEvent) {
            lines.withLockedValue { $0.append("\(event.level) \(event.message) \(event.metadata ?? [:])") }
        }
    }
}
