/// Rows that changed since they were last taken: a bit each, so that however many events a task has, and however long
/// nobody comes, it is noted once. Notes nothing until `start(capacity:)`.
struct ChangedRows: ~Copyable {
    private(set) var isOn = false
    private(set) var count = 0
    private var words: UnsafeMutablePointer<UInt64>?
    private var wordCount = 0
    private var memory: MappedMemory?
    /// Where the next look begins.
    private var cursor = 0

    var steps: [TaskStep] = []
    /// Tasks that left memory before they were taken.
    private(set) var evicted: [TaskChange] = []
    private var evictedBytes = 0
    var spilled: UInt64 = 0

    /// Beyond these, changes are counted and let go.
    static let stepLimit = 65_536
    private static let evictedLimit = 16_384
    private static let evictedBytesLimit = 16 << 20

    deinit { memory?.release() }

    mutating func start(capacity: Int) {
        guard !isOn else { return }
        wordCount = (capacity + 63) / 64
        let memory = MappedMemory(bytes: wordCount * 8)
        self.memory = memory
        words = memory.start.bindMemory(to: UInt64.self, capacity: wordCount)
        isOn = true
    }

    @inline(__always)
    mutating func note(_ row: Int) {
        guard let words else { return }
        let bit: UInt64 = 1 << UInt64(row & 63)
        if words[row >> 6] & bit == 0 {
            words[row >> 6] |= bit
            count += 1
        }
    }

    /// Takes the note of `row` away; false when there is none.
    mutating func forget(_ row: Int) -> Bool {
        guard let words else { return false }
        let bit: UInt64 = 1 << UInt64(row & 63)
        guard words[row >> 6] & bit != 0 else { return false }
        words[row >> 6] &= ~bit
        count -= 1
        return true
    }

    /// Whether `keep` may have room for one more.
    var hasRoom: Bool {
        evicted.count < ChangedRows.evictedLimit && evictedBytes < ChangedRows.evictedBytesLimit
    }

    /// Keeps what a row held that had to go; counts it when there is no room.
    mutating func keep(_ task: TaskChange) {
        let bytes = task.task.textBytes
        guard hasRoom, evictedBytes + bytes <= ChangedRows.evictedBytesLimit else {
            spilled += 1
            return
        }
        evicted.append(task)
        evictedBytes += bytes
    }

    mutating func popEvicted() -> TaskChange? {
        guard let task = evicted.popLast() else { return nil }
        evictedBytes -= task.task.textBytes
        return task
    }

    /// The next changed row, whose note is taken away; nil when nothing has changed. Goes round, so that no row waits
    /// for others that keep changing.
    mutating func next() -> Int? {
        guard count > 0, let words else { return nil }
        var left = wordCount
        while left >= 0 {
            if cursor >= wordCount { cursor = 0 }
            let word = words[cursor]
            if word != 0 {
                let row = cursor << 6 | word.trailingZeroBitCount
                words[cursor] = word & (word - 1)
                count -= 1
                return row
            }
            cursor += 1
            left -= 1
        }
        return nil
    }
}

extension TaskSnapshot {
    var textBytes: Int {
        var bytes = 512
        for text in [args, kwargs, result, exception, traceback] { bytes += text?.utf8.count ?? 0 }
        for attempt in attempts { bytes += (attempt.exception?.utf8.count ?? 0) + (attempt.traceback?.utf8.count ?? 0) }
        return bytes
    }
}
