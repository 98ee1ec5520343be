/// A dictionary that forgets what was set longest ago when it is full.
struct BoundedTable<Key: Hashable & Sendable, Value: Sendable>: Sendable {
    private struct Slot: Sendable {
        var value: Value
        var setAt: Double
    }

    private var slots: [Key: Slot] = [:]
    private let capacity: Int

    init(capacity: Int) { self.capacity = max(1, capacity) }

    var count: Int { slots.count }

    subscript(key: Key) -> Value? { slots[key]?.value }

    mutating func set(_ value: Value, for key: Key, now: Double) {
        if slots[key] == nil, slots.count >= capacity {
            // A tenth at a time, so that a flood of new keys does not scan the table for each of them.
            let times = slots.values.map(\.setAt).sorted()
            let limit = times[min(times.count - 1, capacity / 10)]
            slots = slots.filter { $0.value.setAt > limit }
        }
        slots[key] = Slot(value: value, setAt: now)
    }

    mutating func remove(_ key: Key) { slots.removeValue(forKey: key) }
}
