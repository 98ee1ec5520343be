/// Rows, a bit each.
struct RowSet {
    private var words: [UInt64]

    /// Room for rows below `limit`; more is made when needed.
    init(limit: Int, isFull: Bool = false) {
        words = [UInt64](repeating: isFull ? .max : 0, count: (limit + 63) / 64)
    }

    /// Rows at and above this are not in it.
    var limit: Int { words.count * 64 }

    @inline(__always)
    func contains(_ row: Int) -> Bool {
        row >> 6 < words.count && words[row >> 6] & 1 << UInt64(row & 63) != 0
    }

    @inline(__always)
    mutating func insert(_ row: Int) {
        if row >> 6 >= words.count {
            words.append(contentsOf: repeatElement(0, count: row >> 6 + 1 - words.count))
        }
        words[row >> 6] |= 1 << UInt64(row & 63)
    }

    /// The highest row below `row`, or nil.
    @inline(__always)
    func last(below row: Int) -> Int? {
        guard row > 0 else { return nil }
        var index = min((row - 1) >> 6, words.count - 1)
        guard index >= 0 else { return nil }
        var word = words[index]
        if index == (row - 1) >> 6, row & 63 != 0 { word &= 1 << UInt64(row & 63) - 1 }
        while word == 0 {
            guard index > 0 else { return nil }
            index -= 1
            word = words[index]
        }
        return index << 6 | (63 - word.leadingZeroBitCount)
    }

    mutating func formIntersection(_ other: RowSet) {
        for index in words.indices { words[index] &= index < other.words.count ? other.words[index] : 0 }
    }

    mutating func formUnion(_ other: RowSet) {
        if other.words.count > words.count {
            words.append(contentsOf: repeatElement(0, count: other.words.count - words.count))
        }
        for index in other.words.indices { words[index] |= other.words[index] }
    }

    /// Everything below the limit that is not in it.
    mutating func invert() {
        for index in words.indices { words[index] = ~words[index] }
    }
}
