import Glibc

/// Texts that repeat (node names, task names, routes), each kept once while somebody refers to it.
///
/// A handle is stable until its last reference is released; 0 is no text. Every method is for the holder of the state
/// lock.
struct Interner: ~Copyable {
    private struct Entry {
        var text: UnsafeMutablePointer<UInt8>?
        var length: UInt32
        var hash: UInt32
        /// The next free entry while this one is free.
        var references: UInt32
    }

    private var entries: UnsafeMutablePointer<Entry>
    private var capacity = 16
    private var used = 1
    private var firstFree: UInt32 = 0
    /// handle, 0 is empty.
    private var slots: UnsafeMutablePointer<UInt32>
    private var mask: UInt32 = 31
    private let seed = HashSeed()
    private(set) var count = 0
    private var textBytes = 0

    init() {
        entries = .allocate(capacity: capacity)
        entries.initialize(repeating: Entry(text: nil, length: 0, hash: 0, references: 0), count: capacity)
        slots = .allocate(capacity: Int(mask) + 1)
        slots.initialize(repeating: 0, count: Int(mask) + 1)
    }

    deinit {
        for handle in 1..<max(used, 1) { entries[handle].text?.deallocate() }
        entries.deallocate()
        slots.deallocate()
    }

    /// Handles are below this.
    var handleLimit: Int { used }
    var bytes: Int { capacity * MemoryLayout<Entry>.stride + (Int(mask) + 1) * 4 + textBytes }

    /// The handle of `text`, with one more reference; a longer text than `limit` bytes is cut at a character.
    @inline(__always)
    mutating func intern(_ text: UnsafeRawBufferPointer, limit: Int = 1024) -> UInt32 {
        let text = text.count > limit ? UTF8Cut.cut(text, to: limit) : text
        return intern(text, hash: seed.hash(text))
    }

    @inline(__always)
    func hash(_ text: UnsafeRawBufferPointer) -> UInt32 { seed.hash(text) }

    /// The handle of `text`, whose `hash(_:)` is known, with one more reference.
    @inline(__always)
    mutating func intern(_ text: UnsafeRawBufferPointer, hash: UInt32) -> UInt32 {
        let found = find(text, hash: hash)
        if found != 0 {
            entries[Int(found)].references += 1
            return found
        }
        return add(text, hash: hash)
    }

    /// The handle of `text` without a new reference; 0 when it is not known.
    func find(_ text: UnsafeRawBufferPointer) -> UInt32 { find(text, hash: seed.hash(text)) }

    @inline(__always)
    mutating func retain(_ handle: UInt32) {
        if handle != 0 { entries[Int(handle)].references += 1 }
    }

    @inline(__always)
    mutating func release(_ handle: UInt32) {
        guard handle != 0 else { return }
        entries[Int(handle)].references -= 1
        if entries[Int(handle)].references == 0 { remove(handle) }
    }

    @inline(__always)
    func text(_ handle: UInt32) -> UnsafeRawBufferPointer {
        UnsafeRawBufferPointer(start: entries[Int(handle)].text, count: Int(entries[Int(handle)].length))
    }

    /// nil for handle 0.
    func string(_ handle: UInt32) -> String? {
        handle == 0 ? nil : String(decoding: text(handle), as: UTF8.self)
    }

    @inline(__always)
    private func find(_ text: UnsafeRawBufferPointer, hash: UInt32) -> UInt32 {
        var slot = hash & mask
        while true {
            let handle = slots[Int(slot)]
            if handle == 0 { return 0 }
            if entries[Int(handle)].hash == hash, holds(handle, text) { return handle }
            slot = (slot &+ 1) & mask
        }
    }

    @inline(__always)
    private func holds(_ handle: UInt32, _ text: UnsafeRawBufferPointer) -> Bool {
        let entry = entries[Int(handle)]
        guard Int(entry.length) == text.count else { return false }
        guard let own = entry.text, let other = text.baseAddress else { return true }
        return memcmp(own, other, text.count) == 0
    }

    private mutating func add(_ text: UnsafeRawBufferPointer, hash: UInt32) -> UInt32 {
        let handle: UInt32
        if firstFree != 0 {
            handle = firstFree
            firstFree = entries[Int(handle)].references
        } else {
            if used == capacity { growEntries() }
            handle = UInt32(used)
            used += 1
        }
        if (count + 1) * 2 > Int(mask) { growSlots() }
        // An empty text still has an address: a free entry is one without.
        let copy = UnsafeMutablePointer<UInt8>.allocate(capacity: max(text.count, 1))
        if let start = text.baseAddress { memcpy(copy, start, text.count) }
        entries[Int(handle)] = Entry(text: copy, length: UInt32(text.count), hash: hash, references: 1)
        count += 1
        textBytes += text.count + 16
        insertSlot(handle, hash: hash)
        return handle
    }

    private mutating func remove(_ handle: UInt32) {
        let entry = entries[Int(handle)]
        var slot = entry.hash & mask
        while slots[Int(slot)] != handle { slot = (slot &+ 1) & mask }
        // Backward shift: entries after the hole move up unless they are at home behind it.
        var next = (slot &+ 1) & mask
        while slots[Int(next)] != 0 {
            let home = entries[Int(slots[Int(next)])].hash & mask
            if (next &- home) & mask >= (next &- slot) & mask {
                slots[Int(slot)] = slots[Int(next)]
                slot = next
            }
            next = (next &+ 1) & mask
        }
        slots[Int(slot)] = 0
        entry.text?.deallocate()
        entries[Int(handle)] = Entry(text: nil, length: 0, hash: 0, references: firstFree)
        firstFree = handle
        count -= 1
        textBytes -= Int(entry.length) + 16
    }

    private mutating func insertSlot(_ handle: UInt32, hash: UInt32) {
        var slot = hash & mask
        while slots[Int(slot)] != 0 { slot = (slot &+ 1) & mask }
        slots[Int(slot)] = handle
    }

    private mutating func growEntries() {
        let grown = UnsafeMutablePointer<Entry>.allocate(capacity: capacity * 2)
        grown.initialize(repeating: Entry(text: nil, length: 0, hash: 0, references: 0), count: capacity * 2)
        grown.update(from: entries, count: capacity)
        entries.deallocate()
        entries = grown
        capacity *= 2
    }

    private mutating func growSlots() {
        slots.deallocate()
        mask = mask << 1 | 1
        slots = .allocate(capacity: Int(mask) + 1)
        slots.initialize(repeating: 0, count: Int(mask) + 1)
        for handle in 1..<used where entries[handle].text != nil {
            insertSlot(UInt32(handle), hash: entries[handle].hash)
        }
    }
}
