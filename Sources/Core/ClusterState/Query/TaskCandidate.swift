/// A task that matches a query, with what it is sorted by.
struct TaskCandidate {
    var row: Int32
    var id: TaskID
    /// The text of an id that is not a UUID.
    var oddID: String?
    /// Absent values are −∞.
    var number: Double
    /// Casefolded; nil for absent values and where `number` sorts.
    var text: String?

    /// The order of Flower: by the key, absent values first, then by id.
    static func isBefore(_ left: TaskCandidate, _ right: TaskCandidate) -> Bool {
        if left.number != right.number { return left.number < right.number }
        if left.text != right.text {
            guard let first = left.text else { return true }
            guard let second = right.text else { return false }
            return first < second
        }
        return isIDBefore(left, right)
    }

    private static func isIDBefore(_ left: TaskCandidate, _ right: TaskCandidate) -> Bool {
        if left.oddID == nil, right.oddID == nil {
            // Lower-case hexadecimal digits sort as the numbers they stand for.
            return (left.id.high, left.id.low) < (right.id.high, right.id.low)
        }
        return (left.oddID ?? left.id.canonicalText) < (right.oddID ?? right.id.canonicalText)
    }
}

/// The first `limit` of what is put in, by an order; all of it when there is no limit.
struct TaskSelection {
    private let limit: Int?
    private let isDescending: Bool
    /// With a limit a heap whose top is the last of those kept.
    private var kept: [TaskCandidate] = []

    init(limit: Int?, isDescending: Bool) {
        self.limit = limit
        self.isDescending = isDescending
    }

    var count: Int { kept.count }

    /// Whether a task with this number can still be among the first; cheaper than making a candidate of it.
    @inline(__always)
    func mayTake(_ number: Double) -> Bool {
        guard let limit else { return true }
        guard kept.count >= limit else { return limit > 0 }
        guard limit > 0 else { return false }
        return isDescending ? number >= kept[0].number : number <= kept[0].number
    }

    mutating func add(_ candidate: TaskCandidate) {
        guard let limit else {
            kept.append(candidate)
            return
        }
        guard limit > 0 else { return }
        if kept.count < limit {
            kept.append(candidate)
            siftUp(kept.count - 1)
        } else if precedes(candidate, kept[0]) {
            kept[0] = candidate
            siftDown(0)
        }
    }

    func sorted() -> [TaskCandidate] { kept.sorted(by: precedes) }

    private func precedes(_ left: TaskCandidate, _ right: TaskCandidate) -> Bool {
        isDescending ? TaskCandidate.isBefore(right, left) : TaskCandidate.isBefore(left, right)
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
