import Glibc
import Logging

/// One line per record: readable text, or one JSON object.
struct LineLogHandler: LogHandler {
    let label: String
    let isJSON: Bool
    let writer: LogWriter
    var logLevel: Logger.Level
    var metadata: Logger.Metadata = [:]

    init(label: String, level: Logger.Level, isJSON: Bool, writer: LogWriter) {
        self.label = label
        logLevel = level
        self.isJSON = isJSON
        self.writer = writer
    }

    subscript(metadataKey key: String) -> Logger.Metadata.Value? {
        get { metadata[key] }
        set { metadata[key] = newValue }
    }

    func log(event: LogEvent) {
        let time = LogTime.now()
        var fields = metadata
        if let more = event.metadata { fields.merge(more) { $1 } }
        let line = isJSON ? json(event, fields, time) : text(event, fields, time)
        writer.write(Array(line.utf8), isUrgent: event.level >= .notice)
    }

    private func text(_ event: LogEvent, _ fields: Logger.Metadata, _ time: String) -> String {
        let level = event.level.rawValue.uppercased()
        let padding = String(repeating: " ", count: max(1, 8 - level.count))
        var line = "\(time) \(level)\(padding)\(label): \(LogText.singleLine("\(event.message)"))"
        for (key, value) in fields.sorted(by: { $0.key < $1.key }) { line += " \(key)=\(LogText.quoted("\(value)"))" }
        return line + "\n"
    }

    private func json(_ event: LogEvent, _ fields: Logger.Metadata, _ time: String) -> String {
        var line = "{\"time\":\"\(time)\",\"level\":\"\(event.level.rawValue)\",\"logger\":\(LogText.json(label))"
        let message = "\(event.message)"
        line += ",\"message\":\(LogText.json(message))"
        for (key, value) in fields.sorted(by: { $0.key < $1.key }) where !Self.reserved.contains(key) {
            line += ",\(LogText.json(key)):\(LogText.json("\(value)"))"
        }
        return line + "}\n"
    }

    private static let reserved: Set<String> = ["time", "level", "logger", "message"]
}
