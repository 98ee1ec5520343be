/// What was found out about the texts of handles: most rows share few of them. `forget()` when handles may have come to
/// mean something else, that is, whenever the state was let go.
struct HandleVerdicts {
    /// By handle: the generation it was judged in, and the verdict in the lowest bit.
    private var entries: [UInt32] = []
    private var generation: UInt32 = 1

    mutating func forget() {
        generation &+= 1
        if generation >= UInt32.max / 2 {
            entries.removeAll()
            generation = 1
        }
    }

    @inline(__always)
    mutating func verdict(_ handle: UInt32, _ find: () -> Bool) -> Bool {
        let index = Int(handle)
        if index < entries.count {
            let entry = entries[index]
            if entry >> 1 == generation { return entry & 1 != 0 }
        } else {
            entries.append(contentsOf: repeatElement(0, count: max(index + 1 - entries.count, entries.count)))
        }
        let found = find()
        entries[index] = generation << 1 | (found ? 1 : 0)
        return found
    }
}
