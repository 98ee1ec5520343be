/// Batches that wait to be applied, bounded in bytes: when they are more, the oldest go. Pure.
struct BatchQueue {
    /// What had to go.
    struct Dropped: Equatable {
        /// Messages; each is an event or an array of events.
        var messages: Int
        /// Unix seconds of the first and the last of them.
        var start: Double
        var end: Double
    }

    let limit: Int
    private var batches: [EventBatch?] = []
    private var head = 0
    private(set) var bytes = 0
    /// Since it was last taken.
    private(set) var dropped: Dropped?

    init(limit: Int) { self.limit = limit }

    var isEmpty: Bool { head == batches.count }

    mutating func append(_ batch: EventBatch) {
        batches.append(batch)
        bytes += batch.size
        // What came last is kept even if it alone is too large: it was read already.
        while bytes > limit, batches.count - head > 1, let oldest = take() {
            drop(oldest.count, receivedAt: oldest.receivedAt)
        }
    }

    /// Messages go that came at that time (unix seconds).
    mutating func drop(_ messages: Int, receivedAt: Double) {
        var dropped = dropped ?? Dropped(messages: 0, start: receivedAt, end: receivedAt)
        dropped.messages += messages
        dropped.end = receivedAt
        self.dropped = dropped
    }

    /// The oldest.
    mutating func take() -> EventBatch? {
        guard head < batches.count, let batch = batches[head].take() else { return nil }
        head += 1
        bytes -= batch.size
        if head == batches.count {
            batches.removeAll(keepingCapacity: batches.count <= 1024)
            head = 0
        } else if head >= 1024 {
            batches.removeFirst(head)
            head = 0
        }
        return batch
    }

    /// What was dropped since the last call, once it is over or has gone on for a second.
    mutating func takeDropped() -> Dropped? {
        guard let dropped, isEmpty || dropped.end - dropped.start >= 1 else { return nil }
        self.dropped = nil
        return dropped
    }
}
