import Dispatch
import Glibc
import Synchronization

/// Writes finished log lines to standard error on a thread of its own, so that a slow reader of the log never holds up an
/// event loop. At most `limit` lines wait; further ones are dropped, counted, and the count is logged.
final class LogWriter: Sendable {
    static let standardError = LogWriter(descriptor: STDERR_FILENO)

    private static let limit = 10_000

    private let descriptor: Int32
    private let queue = DispatchQueue(label: "calyx.log")
    private let waiting = Atomic<Int>(0)
    private let dropped = Atomic<Int>(0)

    init(descriptor: Int32) { self.descriptor = descriptor }

    /// `line` ends with a line end.
    func write(_ line: String) {
        guard waiting.wrappingAdd(1, ordering: .relaxed).newValue <= Self.limit else {
            waiting.wrappingSubtract(1, ordering: .relaxed)
            dropped.wrappingAdd(1, ordering: .relaxed)
            return
        }
        queue.async { [self] in
            waiting.wrappingSubtract(1, ordering: .relaxed)
            let lost = dropped.exchange(0, ordering: .relaxed)
            if lost > 0 { put("calyx: \(lost) log lines were dropped, because the log is read too slowly\n") }
            put(line)
        }
    }

    /// Returns when everything so far is written.
    func flush() { queue.sync {} }

    private func put(_ text: String) {
        var rest = Array(text.utf8)[...]
        while !rest.isEmpty {
            let count = rest.withUnsafeBytes { Glibc.write(descriptor, $0.baseAddress, $0.count) }
            if count < 0, errno == EINTR { continue }
            if count < 0, errno == EAGAIN {
                usleep(10_000)
                continue
            }
            guard count > 0 else { return }
            rest = rest.dropFirst(count)
        }
    }
}
