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
    private static let waitingTime = TimeAmount.milliseconds(100)

    private let sink: AccessLogSink?
    private let eventLoop: any EventLoop
    private var lines: [UInt8] = []
    private var count = 0
    private var clock = LogClock()
    private var isFlushScheduled = false

    init(_ sink: AccessLogSink?, eventLoop: any EventLoop) {
        self.sink = sink
        self.eventLoop = eventLoop
        lines.reserveCapacity(Self.batchSize + 1024)
    }

    func record(_ entry: borrowing Entry) {
        guard let sink else { return }
        let isDebug = entry.outcome == .ownPage && entry.status < 400
        guard sink.isDebug || !isDebug else { return }
        begin(sink, isDebug: isDebug)
        var line = JSONText(continuing: take(), isEmpty: !sink.isJSON)
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
        lines = line.finish()
        lines.append(0x0a)
        count += 1
        if lines.count >= Self.batchSize { flush() } else { scheduleFlush() }
    }

    func flush() {
        guard count > 0 else { return }
        let batch = lines, count = count
        lines = []
        lines.reserveCapacity(Self.batchSize + 1024)
        self.count = 0
        sink?.write(batch, count)
    }

    /// What is written so far, to be written on elsewhere without a copy.
    private func take() -> [UInt8] {
        var taken: [UInt8] = []
        swap(&taken, &lines)
        return taken
    }

    private func begin(_ sink: AccessLogSink, isDebug: Bool) {
        if sink.isJSON {
            lines.append(contentsOf: #"{"time":""#.utf8)
            clock.append(to: &lines)
            lines.append(
                contentsOf: (isDebug ? #"","level":"debug","logger":"access""# : #"","level":"info","logger":"access""#)
                    .utf8)
        } else {
            clock.append(to: &lines)
            lines.append(contentsOf: (isDebug ? " DEBUG    access: {" : " INFO     access: {").utf8)
        }
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

/// UTC with milliseconds (RFC 3339); the text of a second is made once.
private struct LogClock {
    private var second: time_t = -1
    private var text: [UInt8] = []

    mutating func append(to bytes: inout [UInt8]) {
        var time = timespec()
        clock_gettime(CLOCK_REALTIME, &time)
        if time.tv_sec != second {
            second = time.tv_sec
            text = Self.text(of: second)
        }
        bytes.append(contentsOf: text)
        let milliseconds = time.tv_nsec / 1_000_000
        for digit in [milliseconds / 100, milliseconds / 10 % 10, milliseconds % 10] {
            bytes.append(0x30 + UInt8(digit))
        }
        bytes.append(UInt8(ascii: "Z"))
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
        return text
    }
}
