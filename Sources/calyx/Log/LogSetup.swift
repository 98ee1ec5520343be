import Logging
import Options

/// Where records go and which are kept.
enum LogSetup {
    /// The logger of the access log: its messages are JSON objects.
    static let accessLabel = "access"

    /// To be called once, before the first logger is made.
    static func bootstrap(_ settings: Settings.Logging) {
        let isJSON = settings.isJSON
        guard let level = level(settings.level) else {
            return LoggingSystem.bootstrap { _ in SwiftLogNoOpLogHandler() }
        }
        LoggingSystem.bootstrap { label in
            LineLogHandler(label: label, level: level, isJSON: isJSON, writer: .standardError)
        }
    }

    private static func level(_ level: Settings.Logging.Level) -> Logger.Level? {
        switch level {
        case .debug: .debug
        case .info: .info
        case .warning: .warning
        case .error: .error
        case .none: nil
        }
    }
}
