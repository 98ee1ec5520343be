/// Rows of tasks that were written lately, so that the next state of a task needs no looking up. Holds between `limit`
/// and twice as many.
struct WrittenTasks {
    struct Entry {
        var id: Int64
        /// Memory has seen everything that is stored of the task: its copy replaces the row.
        var isWhole: Bool
    }

    private var recent: [String: Entry] = [:]
    private var older: [String: Entry] = [:]
    private static let limit = 16_384

    subscript(uuid: String) -> Entry? {
        mutating get {
            if let entry = recent[uuid] { return entry }
            guard let entry = older[uuid] else { return nil }
            keep(entry, uuid)
            return entry
        }
        set {
            if let newValue {
                keep(newValue, uuid)
            } else {
                recent[uuid] = nil
                older[uuid] = nil
            }
        }
    }

    mutating func removeAll() {
        recent.removeAll()
        older.removeAll()
    }

    private mutating func keep(_ entry: Entry, _ uuid: String) {
        if recent.count >= WrittenTasks.limit {
            swap(&recent, &older)
            recent.removeAll(keepingCapacity: true)
        }
        recent[uuid] = entry
    }
}
