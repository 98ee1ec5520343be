internal import NIOCore

/// How long to wait before reading a socket again, so that at ordinary rates many messages share one wake-up, while a
/// busy stream is read without pause.
struct ReadPause: Equatable {
    /// The longest pause, which is also the longest delay of a message.
    let longest: TimeAmount
    /// A read of this many bytes or more means that more is waiting.
    let fullRead: Int

    init(longest: TimeAmount = .milliseconds(20), fullRead: Int = 64 << 10) {
        self.longest = longest
        self.fullRead = fullRead
    }

    /// The pause after a read that brought `bytes`; nil is to read again at once.
    func after(reading bytes: Int) -> TimeAmount? {
        guard bytes < fullRead else { return nil }
        let pause = longest.nanoseconds / Int64(fullRead) * Int64(fullRead - bytes)
        return pause > 0 ? .nanoseconds(pause) : nil
    }
}
