internal import NIOCore

/// How long to wait before reading a socket again, so that at ordinary rates many messages share one wake-up, while a
/// busy stream is read without pause: a pause costs its bytes times the rate in buffers that Redis bounds.
struct ReadPause: Equatable {
    /// The longest pause, which is also the longest delay of a message.
    let longest: TimeAmount
    /// Bytes in `window` from which on there is no pause.
    let busyBytes: Double
    private let window: TimeAmount
    /// Bytes read lately; what is older than `window` no longer counts.
    private var recentBytes = 0.0
    private var lastRead: NIODeadline?

    init(longest: TimeAmount = .milliseconds(20), busyBytes: Int = 1 << 20, window: TimeAmount = .milliseconds(100)) {
        self.longest = longest
        self.busyBytes = Double(busyBytes)
        self.window = window
    }

    /// The pause after a read that brought `bytes`; nil is to read again at once.
    mutating func next(afterReading bytes: Int, at now: NIODeadline) -> TimeAmount? {
        if let lastRead {
            let elapsed = Double((now - lastRead).nanoseconds) / Double(window.nanoseconds)
            recentBytes *= max(0, 1 - elapsed)
        }
        lastRead = now
        recentBytes += Double(bytes)
        guard recentBytes < busyBytes else { return nil }
        let pause = Int64(Double(longest.nanoseconds) * (1 - recentBytes / busyBytes))
        // Below a millisecond the timer costs more than it saves.
        return pause >= 1_000_000 ? .nanoseconds(pause) : nil
    }
}
