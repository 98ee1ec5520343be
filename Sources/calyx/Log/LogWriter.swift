import Dispatch
import Glibc
import Synchronization

/// Writes finished log lines to standard error on a thread of its own, so that a slow reader of the log never holds up an
/// event loop. Lines that come close together are written together; at most `limit` bytes wait, and what does not fit is
/// dropped, counted, and the count is logged.
final class LogWriter: Sendable {
    static let standardError = LogWriter(descriptor: STDERR_FILENO)

    private static let limit = 4 << 20
    /// Waking a thread for every line would cost more than the line.
    private static let patience = DispatchTimeInterval.milliseconds(50)

    private struct State {
        var waiting: [UInt8] = []
        var dropped = 0
        var isDue = false
    }

    private let descriptor: Int32
    private let queue = DispatchQueue(label: "calyx.log")
    private let state = Mutex(State())

    init(descriptor: Int32) { self.descriptor = descriptor }

    /// `lines` are `count` whole lines. Urgent ones do not wait for others.
    func write(_ lines: [UInt8], count: Int = 1, isUrgent: Bool) {
        let isFirst: Bool = state.withLock { state in
            guard state.waiting.count + lines.count <= Self.limit else {
                state.dropped += count
                return false
            }
            state.waiting.append(contentsOf: lines)
            if state.isDue { return false }
            state.isDue = true
            return true
        }
        if isUrgent {
            queue.async { self.writeWaiting() }
        } else if isFirst {
            queue.asyncAfter(deadline: .now() + Self.patience) { self.writeWaiting() }
        }
    }

    /// Returns when everything so far is written.
    func flush() { queue.sync { writeWaiting() } }

    /// On the queue.
    private func writeWaiting() {
        let (bytes, dropped): ([UInt8], Int) = state.withLock { state in
            defer { state = State() }
            return (state.waiting, state.dropped)
        }
        put(bytes)
        if dropped > 0 {
            put(Array("calyx: \(dropped) log lines were dropped, because the log is read too slowly\n".utf8))
        }
    }

    private func put(_ bytes: [UInt8]) {
        var rest = bytes[...]
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
