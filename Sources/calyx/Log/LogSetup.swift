import GatewayServer
import Logging
import Options

/// Where records go and which are kept.
enum LogSetup {
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

    /// Where the gateway's access log goes; nil when its lines are below the least level.
    static func accessLog(_ settings: Settings.Logging) -> AccessLogSink? {
        guard let level = level(settings.level), level <= .info else { return nil }
        return AccessLogSink(isJSON: settings.isJSON, isDebug: level == .debug) { lines, count in
            LogWriter.standardError.write(lines, count: count, isUrgent: true)
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
