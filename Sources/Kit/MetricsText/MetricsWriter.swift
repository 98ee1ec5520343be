/// Writes the Prometheus text exposition format, version 0.0.4.
///
/// The number of series is bounded: further samples are left out and counted in `omittedSeries`, so that names which a
/// network can invent never make a page grow without end.
package struct MetricsWriter {
    /// The `Content-Type` of what this writes.
    package static let contentType = "text/plain; version=0.0.4; charset=utf-8"

    package enum Kind: String, Sendable {
        case counter, gauge, histogram
    }

    package private(set) var bytes: [UInt8] = []
    /// Series written so far.
    package private(set) var series = 0
    /// Series left out because `seriesLimit` was reached.
    package private(set) var omittedSeries = 0
    private let seriesLimit: Int
    private var name = ""

    package init(seriesLimit: Int = .max) {
        self.seriesLimit = seriesLimit
        bytes.reserveCapacity(16_384)
    }

    /// Starts a family. `name` and label names are ours and must be valid metric names; `help` is escaped.
    package mutating func family(_ name: String, _ kind: Kind, _ help: String) {
        self.name = name
        append("# HELP ")
        append(name)
        append(" ")
        appendEscaped(help, quotes: false)
        append("\n# TYPE ")
        append(name)
        append(" ")
        append(kind.rawValue)
        append("\n")
    }

    /// One sample of the family that was started last.
    package mutating func sample(_ labels: [(name: String, value: String)] = [], _ value: Double) {
        guard reserve(1) else { return }
        write("", labels, value)
    }

    package mutating func sample(_ labels: [(name: String, value: String)] = [], _ value: UInt64) {
        sample(labels, Double(value))
    }

    /// The `_bucket`, `_count` and `_sum` samples of one histogram. `buckets[i]` counts what lies above bound i − 1 and
    /// at most at bound i; one more entry than `bounds`, the last is +Inf.
    package mutating func histogram(
        _ labels: [(name: String, value: String)], bounds: [Double], buckets: [UInt64], sum: Double
    ) {
        guard buckets.count == bounds.count + 1, reserve(buckets.count + 2) else { return }
        var cumulative: UInt64 = 0
        var labelled = [(name: "le", value: "+Inf")] + labels
        for (index, count) in buckets.enumerated() {
            cumulative &+= count
            labelled[0].value = index < bounds.count ? MetricsNumber.text(bounds[index]) : "+Inf"
            write("_bucket", labelled, Double(cumulative))
        }
        write("_count", labels, Double(cumulative))
        write("_sum", labels, sum)
    }

    private mutating func reserve(_ count: Int) -> Bool {
        guard series + count <= seriesLimit else {
            omittedSeries += count
            return false
        }
        series += count
        return true
    }

    private mutating func write(_ suffix: String, _ labels: [(name: String, value: String)], _ value: Double) {
        append(name)
        append(suffix)
        if !labels.isEmpty {
            var separator = "{"
            for label in labels {
                append(separator)
                append(label.name)
                append("=\"")
                appendEscaped(label.value, quotes: true)
                append("\"")
                separator = ","
            }
            append("}")
        }
        append(" ")
        append(MetricsNumber.text(value))
        append("\n")
    }

    private mutating func append(_ text: String) {
        bytes.append(contentsOf: text.utf8)
    }

    /// Label values escape `\`, `"` and line feeds; help texts `\` and line feeds.
    private mutating func appendEscaped(_ text: String, quotes: Bool) {
        for byte in text.utf8 {
            switch byte {
            case UInt8(ascii: "\\"): append("\\\\")
            case UInt8(ascii: "\n"): append("\\n")
            case UInt8(ascii: "\"") where quotes: append("\\\"")
            default: bytes.append(byte)
            }
        }
    }
}
