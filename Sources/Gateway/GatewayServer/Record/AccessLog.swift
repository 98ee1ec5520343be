import Glibc
import NIOCore

/// Where lines of the access log go, and in which form.
package struct AccessLogSink: Sendable {
    /// Lines are JSON objects as a whole; else time, level and name stand before the object.
    let isJSON: Bool
    /// Own assets and health checks too.
    let isDebug: Bool
    /// Takes whole lines and their number. It must not block.
    let write: @Sendable (_ lines: [UInt8], _ count: Int) -> Void

    package init(isJSON: Bool, isDebug: Bool, write: @escaping @Sendable (_ lines: [UInt8], _ count: Int) -> Void) {
        self.isJSON = isJSON
        self.isDebug = isDebug
        self.write = write
    }
}

/// One line per request of one event loop, as one JSON object. Never a query, a cookie, a token or a body. Lines leave
/// together: when there are many, or when the first has waited for a moment. Confined to its event loop.
final class AccessLog {
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

    private static let batchSize = 32 * 1024
    /// More than the longest line has: a path of 8 KiB, all of it escaped.
    private static let lineSize = 64 * 1024
    private static let waitingTime = TimeAmount.milliseconds(100)

    private let sink: AccessLogSink?
    private let eventLoop: any EventLoop
    private var lines: LineBuffer
    private var count = 0
    private var clock = LogClock()
    private var isFlushScheduled = false

    init(_ sink: AccessLogSink?, eventLoop: any EventLoop) {
        self.sink = sink
        self.eventLoop = eventLoop
        lines = LineBuffer(capacity: sink == nil ? 0 : Self.batchSize + Self.lineSize)
    }

    func record(_ entry: borrowing Entry) {
        guard let sink else { return }
        let isDebug = entry.outcome == .ownPage && entry.status < 400
        guard sink.isDebug || !isDebug else { return }
        write(entry, isJSON: sink.isJSON, isDebug: isDebug)
        count += 1
        if lines.count >= Self.batchSize { flush() } else { scheduleFlush() }
    }

    func flush() {
        guard count > 0 else { return }
        sink?.write(lines.bytes, count)
        lines.clear()
        count = 0
    }

    private func write(_ entry: borrowing Entry, isJSON: Bool, isDebug: Bool) {
        if isJSON {
            lines.append(#"{"time":""#)
            clock.append(to: &lines)
            lines.append(isDebug ? #"","level":"debug""# : #"","level":"info""#)
            lines.append(#","logger":"access","id":""#)
        } else {
            clock.append(to: &lines)
            lines.append(isDebug ? #" DEBUG    access: {"id":""# : #" INFO     access: {"id":""#)
        }
        lines.append(escaping: entry.requestID)
        lines.append(#"","client":""#)
        lines.append(escaping: entry.client)
        lines.append(#"","method":""#)
        lines.append(escaping: entry.method)
        lines.append(#"","path":""#)
        lines.append(escaping: entry.path)
        lines.append(#"","status":"#)
        lines.append(entry.status)
        lines.append(#","bytes":"#)
        lines.append(entry.bytes)
        lines.append(#","us":"#)
        lines.append(entry.microseconds)
        lines.append(entry.isHTTP2 ? #","protocol":"h2","outcome":""# : #","protocol":"http/1.1","outcome":""#)
        lines.append(escaping: entry.outcome.name)
        if !entry.principal.isEmpty {
            lines.append(#"","principal":""#)
            lines.append(escaping: entry.principal)
        }
        if !entry.reason.isEmpty {
            lines.append(#"","reason":""#)
            lines.append(escaping: entry.reason)
        }
        lines.append("\"}\n")
    }

    private func scheduleFlush() {
        guard !isFlushScheduled else { return }
        isFlushScheduled = true
        eventLoop.assumeIsolated().scheduleTask(in: Self.waitingTime) {
            self.isFlushScheduled = false
            self.flush()
        }
    }
}

/// UTC with milliseconds (RFC 3339); all but them is made once a second.
private struct LogClock {
    private var second: time_t = -1
    private var text: [UInt8] = []

    mutating func append(to bytes: inout LineBuffer) {
        var time = timespec()
        clock_gettime(CLOCK_REALTIME, &time)
        if time.tv_sec != second {
            second = time.tv_sec
            text = Self.text(of: second)
        }
        let milliseconds = time.tv_nsec / 1_000_000
        text[text.count - 4] = 0x30 + UInt8(milliseconds / 100)
        text[text.count - 3] = 0x30 + UInt8(milliseconds / 10 % 10)
        text[text.count - 2] = 0x30 + UInt8(milliseconds % 10)
        text.withUnsafeBufferPointer { bytes.append($0) }
    }

    private static func text(of second: time_t) -> [UInt8] {
        var second = second
        var parts = tm()
        gmtime_r(&second, &parts)
        var text: [UInt8] = []
        func add(_ number: Int32, _ width: Int, _ end: Unicode.Scalar) {
            let digits = String(number).utf8
            text.append(contentsOf: repeatElement(0x30, count: max(0, width - digits.count)))
            text.append(contentsOf: digits)
            text.append(UInt8(ascii: end))
        }
        add(parts.tm_year + 1900, 4, "-")
        add(parts.tm_mon + 1, 2, "-")
        add(parts.tm_mday, 2, "T")
        add(parts.tm_hour, 2, ":")
        add(parts.tm_min, 2, ":")
        add(parts.tm_sec, 2, ".")
        return text + Array("000Z".utf8)
    }
}
