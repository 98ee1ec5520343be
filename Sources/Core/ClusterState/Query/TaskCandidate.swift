/// A task that matches a query, with what it is sorted by.
struct TaskCandidate {
    var row: Int32
    /// What does not fit in here, by its place in the selection; −1 is nothing.
    var detail: Int32
    var id: TaskID
    /// Absent values are −∞.
    var number: Double
}

/// The tasks from `offset` to `end` of what is put in, by the order of Flower: by the key, absent values first, then by
/// id.
struct TaskSelection {
    /// Texts that a few candidates have.
    struct Detail {
        /// Casefolded UTF-8; nil for absent values and where a number sorts.
        var text: [UInt8]?
        /// An id that is not a UUID.
        var oddID: String?
    }

    private let offset: Int
    private let end: Int?
    private let isDescending: Bool
    /// Few are kept in a heap whose top is the last of them; of many the right ones are picked out in the end.
    private let isHeap: Bool
    private var kept: [TaskCandidate] = []
    private var details: [Detail] = []

    private static let largestHeap = 2048

    /// `end` nil is all.
    init(offset: Int, end: Int?, isDescending: Bool) {
        self.offset = offset
        self.end = end
        self.isDescending = isDescending
        isHeap = end.map { $0 <= TaskSelection.largestHeap } ?? false
    }

    var count: Int { kept.count }

    private var isFull: Bool { isHeap && kept.count >= end ?? 0 }

    /// Whether a task with this number can still be among the first; cheaper than making a candidate of it.
    @inline(__always)
    func mayTake(_ number: Double) -> Bool {
        guard isFull else { return true }
        guard let last = kept.first else { return false }
        return isDescending ? number >= last.number : number <= last.number
    }

    /// The same for a text, whose case does not count.
    func mayTake(_ text: UnsafeRawBufferPointer?) -> Bool {
        guard isFull else { return true }
        guard let last = kept.first else { return false }
        guard let other = last.detail < 0 ? nil : details[Int(last.detail)].text else {
            return isDescending || text == nil
        }
        guard let text else { return !isDescending }
        for index in 0..<min(text.count, other.count) {
            // Beyond ASCII folding may change anything.
            if text[index] >= 0x80 || other[index] >= 0x80 { return true }
            let byte = text[index] >= 0x41 && text[index] <= 0x5A ? text[index] | 0x20 : text[index]
            if byte != other[index] { return isDescending ? byte > other[index] : byte < other[index] }
        }
        if text.count == other.count { return true }
        return isDescending ? text.count > other.count : text.count < other.count
    }

    mutating func add(row: Int32, id: TaskID, number: Double, detail: Detail?) {
        var candidate = TaskCandidate(row: row, detail: -1, id: id, number: number)
        if let detail {
            candidate.detail = Int32(details.count)
            details.append(detail)
        }
        guard isHeap else {
            kept.append(candidate)
            return
        }
        if !isFull {
            kept.append(candidate)
            siftUp(kept.count - 1)
            return
        }
        let isBetter = kept.first.map { precedes(candidate, $0) } ?? false
        if isBetter {
            // The place of the one that goes is the place of the one that comes.
            let free = kept[0].detail
            if detail != nil, free >= 0, let last = details.popLast() {
                details[Int(free)] = last
                candidate.detail = free
            }
            kept[0] = candidate
            siftDown(0)
        } else if detail != nil {
            details.removeLast()
        }
    }

    /// The tasks asked for, in order.
    mutating func take() -> ArraySlice<TaskCandidate> {
        let first = min(offset, kept.count)
        let last = min(end ?? kept.count, kept.count)
        if !isHeap, last - first < kept.count / 2 {
            if first > 0 { moveFirst(first, in: 0..<kept.count) }
            if last < kept.count { moveFirst(last - first, in: first..<kept.count) }
            kept[first..<last].sort(by: precedes)
        } else {
            kept.sort(by: precedes)
        }
        return kept[first..<max(first, last)]
    }

    func oddID(of candidate: TaskCandidate) -> String? {
        candidate.detail < 0 ? nil : details[Int(candidate.detail)].oddID
    }

    /// Puts the `count` first ones of a range in front of the others, in no order among themselves.
    private mutating func moveFirst(_ count: Int, in range: Range<Int>) {
        var low = range.lowerBound
        var high = range.upperBound - 1
        let wanted = range.lowerBound + count
        while low < high {
            let pivot = kept[Int.random(in: low...high)]
            var left = low
            var right = high
            while left <= right {
                while precedes(kept[left], pivot) { left += 1 }
                while precedes(pivot, kept[right]) { right -= 1 }
                if left <= right {
                    kept.swapAt(left, right)
                    left += 1
                    right -= 1
                }
            }
            if wanted <= right { high = right } else if wanted >= left { low = left } else { return }
        }
    }

    private func precedes(_ left: TaskCandidate, _ right: TaskCandidate) -> Bool {
        isDescending ? isBefore(right, left) : isBefore(left, right)
    }

    private func isBefore(_ left: TaskCandidate, _ right: TaskCandidate) -> Bool {
        if left.number != right.number { return left.number < right.number }
        if left.detail < 0, right.detail < 0 {
            // Lower-case hexadecimal digits sort as the numbers they stand for.
            return (left.id.high, left.id.low) < (right.id.high, right.id.low)
        }
        let first = left.detail < 0 ? Detail() : details[Int(left.detail)]
        let second = right.detail < 0 ? Detail() : details[Int(right.detail)]
        if let order = TaskSelection.isBefore(first.text, second.text) { return order }
        if first.oddID == nil, second.oddID == nil {
            return (left.id.high, left.id.low) < (right.id.high, right.id.low)
        }
        return (first.oddID ?? left.id.canonicalText) < (second.oddID ?? right.id.canonicalText)
    }

    /// nil when the texts are equal. The order of UTF-8 is that of the characters' numbers.
    private static func isBefore(_ left: [UInt8]?, _ right: [UInt8]?) -> Bool? {
        guard let left, let right else { return left == nil && right == nil ? nil : left == nil }
        for index in 0..<min(left.count, right.count) where left[index] != right[index] {
            return left[index] < right[index]
        }
        return left.count == right.count ? nil : left.count < right.count
    }

    private mutating func siftUp(_ start: Int) {
        var child = start
        while child > 0 {
            let parent = (child - 1) / 2
            guard precedes(kept[parent], kept[child]) else { return }
            kept.swapAt(parent, child)
            child = parent
        }
    }

    private mutating func siftDown(_ start: Int) {
        var parent = start
        while true {
            var last = parent
            for child in [2 * parent + 1, 2 * parent + 2] where child < kept.count && precedes(kept[last], kept[child])
            {
                last = child
            }
            guard last != parent else { return }
            kept.swapAt(parent, last)
            parent = last
        }
    }
}
