/// Takes what a broker connection reads, in batches, on the thread that reads.
///
/// A sink must not wait for storage, pages or disk: Redis drops a subscriber that is slow.
package protocol EventSink: AnyObject, Sendable {
    /// Runs `body` once for a batch that arrived at `receivedAt` (unix seconds). `body` calls its argument for every
    /// payload (a kombu envelope, valid only during that call), in order of arrival.
    func receive(at receivedAt: Double, _ body: (_ take: (UnsafeRawBufferPointer) -> Void) -> Void)

    /// Events may be missing between `start` and `end` (unix seconds; `end` is nil while the gap is open).
    func record(gap: EventGap)
}

/// A stretch of time in which events may have been missed.
package struct EventGap: Sendable, Equatable {
    /// Why events are missing. `rawValue` is a metric label.
    package enum Reason: String, Sendable, CaseIterable {
        /// The connection was lost or could not be made.
        case disconnected
        /// Redis cut a subscriber that was too slow (client-output-buffer-limit).
        case overrun
        /// The connection stood, but nothing came although workers should have sent heartbeats.
        case silence
    }

    package var start: Double
    package var end: Double?
    package var reason: Reason

    package init(start: Double, end: Double? = nil, reason: Reason) {
        self.start = start
        self.end = end
        self.reason = reason
    }
}
