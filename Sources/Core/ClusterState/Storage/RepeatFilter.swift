/// Tells texts that were seen shortly before from those that come once: only the former are worth keeping apart.
struct RepeatFilter: ~Copyable {
    private let recent: UnsafeMutablePointer<UInt32>
    private static let places: UInt32 = 8192

    init() {
        recent = .allocate(capacity: Int(RepeatFilter.places))
        recent.initialize(repeating: 0, count: Int(RepeatFilter.places))
    }

    deinit { recent.deallocate() }

    /// Whether a text with this hash was seen lately.
    @inline(__always)
    mutating func isRepeated(_ hash: UInt32) -> Bool {
        let place = Int(hash % RepeatFilter.places)
        if recent[place] == hash { return true }
        recent[place] = hash
        return false
    }
}
