/// Which handles were seen, at most `limit` of them.
struct SeenHandles {
    let limit: Int
    private var isSeen: [Bool] = []
    private(set) var handles: [UInt32] = []

    init(limit: Int) { self.limit = limit }

    /// True once for each handle within the limit; the caller then keeps a reference to it.
    @inline(__always)
    mutating func insert(_ handle: UInt32) -> Bool {
        if Int(handle) < isSeen.count, isSeen[Int(handle)] { return false }
        return add(handle)
    }

    private mutating func add(_ handle: UInt32) -> Bool {
        guard handle != 0, handles.count < limit else { return false }
        if Int(handle) >= isSeen.count {
            isSeen.append(contentsOf: repeatElement(false, count: max(Int(handle) + 1 - isSeen.count, isSeen.count)))
        }
        isSeen[Int(handle)] = true
        handles.append(handle)
        return true
    }
}
