import Foundation

/// Entries as text for other programs.
package enum AuditExport: String, Sendable, CaseIterable {
    /// One JSON object for each line.
    case ndjson
    /// With a line of names first (RFC 4180).
    case csv

    package var mimeType: String {
        switch self {
        case .ndjson: "application/x-ndjson"
        case .csv: "text/csv; charset=utf-8"
        }
    }

    package static let names = [
        "number", "time", "kind", "result", "provider", "subject", "name", "role", "credential", "client", "request_id",
        "action", "reason", "detail", "hash",
    ]

    /// The line of names, where there is one.
    package var head: String { self == .csv ? Self.names.joined(separator: ",") + "\r\n" : "" }

    package func line(_ entry: AuditEntry) -> String {
        switch self {
        case .ndjson: Self.object(entry) + "\n"
        case .csv:
            ([String(entry.number), Self.time(entry.event.time)] + entry.event.texts + [entry.hashText])
                .map(Self.quoted).joined(separator: ",") + "\r\n"
        }
    }

    /// One JSON object; `detail` is an object in it, or is left out.
    package static func object(_ entry: AuditEntry) -> String {
        var text = "{\"number\":\(entry.number),\"time\":\"\(time(entry.event.time))\""
        for (name, value) in zip(names.dropFirst(2), entry.event.texts) where !value.isEmpty {
            text += ",\"\(name)\":" + (name == "detail" ? value : string(value))
        }
        return text + ",\"hash\":\"\(entry.hashText)\"}"
    }

    /// RFC 3339 with milliseconds, UTC.
    package static func time(_ seconds: Double) -> String {
        Date(timeIntervalSince1970: seconds).ISO8601Format(Date.ISO8601FormatStyle(includingFractionalSeconds: true))
    }

    /// A spreadsheet takes what begins with one of these for a formula; a leading apostrophe makes it text.
    private static func quoted(_ field: String) -> String {
        let isFormula = field.utf8.first.map { "=+-@\t\r".utf8.contains($0) } ?? false
        let safe = isFormula ? "'" + field : field
        guard safe.utf8.contains(where: { "\",\r\n'".utf8.contains($0) }) else { return safe }
        return "\"" + safe.replacing("\"", with: "\"\"") + "\""
    }

    static func string(_ text: String) -> String {
        var json = "\""
        for scalar in text.unicodeScalars {
            switch scalar {
            case "\"": json += "\\\""
            case "\\": json += "\\\\"
            case _ where scalar.value < 0x20 || scalar.value == 0x7f || (0x2028...0x2029).contains(scalar.value):
                let digits = String(scalar.value, radix: 16)
                json += "\\u" + String(repeating: "0", count: 4 - digits.count) + digits
            default: json.unicodeScalars.append(scalar)
            }
        }
        return json + "\""
    }
}
