import Logging

/// One line per request, as one JSON object. Never a query, a cookie, a token or a body.
struct AccessLog: Sendable {
    struct Entry {
        var requestID = ""
        var client = ""
        var method = "-"
        /// The canonical path, or `-` when there is none.
        var path = "-"
        var status = 0
        var bytes = 0
        var microseconds = 0
        var isHTTP2 = false
        var outcome = Outcome.forwarded
        /// `provider:name` of who was identified.
        var principal = ""
        /// A bounded word: why the request was refused.
        var reason = ""
    }

    let logger: Logger

    /// Own assets and health checks are for debugging, everything else is worth a line.
    func record(_ entry: Entry) {
        let level: Logger.Level = entry.outcome == .ownPage && entry.status < 400 ? .debug : .info
        guard logger.logLevel <= level else { return }
        var line = JSONText(capacity: 320)
        line.add("id", entry.requestID)
        line.add("client", entry.client)
        line.add("method", entry.method)
        line.add("path", entry.path)
        line.add("status", entry.status)
        line.add("bytes", entry.bytes)
        line.add("us", entry.microseconds)
        line.add("protocol", entry.isHTTP2 ? "h2" : "http/1.1")
        line.add("outcome", entry.outcome.name)
        if !entry.principal.isEmpty { line.add("principal", entry.principal) }
        if !entry.reason.isEmpty { line.add("reason", entry.reason) }
        logger.log(level: level, "\(String(decoding: line.finish(), as: UTF8.self))")
    }
}
