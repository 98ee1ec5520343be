import Glibc

/// Blocks of bytes in slabs of 256 KiB. A slab goes back to the system when its last block is freed; slabs that are
/// mostly holes can be emptied by moving what lives in them.
struct TextArena: ~Copyable {
    /// 0 is no block.
    typealias Reference = UInt32

    private struct Slab {
        var start: UnsafeMutableRawPointer?
        var capacity: Int
        var used: Int
        var live: Int
        /// Grows from slab to slab: blocks are only ever added to the newest, or to a slab of their own.
        var sequence: UInt64
        /// Some block is not only ASCII.
        var isWide = false
    }

    static let slabBytes = 256 << 10
    private static let unitShift = 3
    private static let unitBits = UInt32(15)
    private static let spareLimit = 4
    /// Before each block: its bytes (with this header), and who owns it.
    private static let headerBytes = 8
    private static let freed = UInt32.max

    /// Slab 0 is never used, so that no reference is 0.
    private var slabs: [Slab] = [Slab(start: nil, capacity: 0, used: 0, live: 0, sequence: 0)]
    private var freeNumbers: [Int] = []
    private var spares: [UnsafeMutableRawPointer] = []
    private var current = 0
    private var sequence: UInt64 = 0
    /// Bytes taken from the system.
    private(set) var capacity = 0
    /// Bytes in blocks, headers included.
    private(set) var live = 0

    deinit {
        for slab in slabs {
            if let start = slab.start { MappedMemory.release(start, bytes: slab.capacity) }
        }
        for spare in spares { MappedMemory.release(spare, bytes: TextArena.slabBytes) }
    }

    /// Room for `bytes` that `owner` holds; `isWide` when they are not only ASCII. nil when the system has no memory.
    mutating func allocate(bytes: Int, owner: UInt32, isWide: Bool) -> (Reference, UnsafeMutableRawPointer)? {
        let size = (bytes + TextArena.headerBytes + 7) & ~7
        let number: Int
        if size > TextArena.slabBytes / 4 {
            guard let own = addSlab(bytes: size) else { return nil }
            number = own
        } else {
            if slabs[current].used + size > slabs[current].capacity {
                guard let next = addSlab(bytes: TextArena.slabBytes) else { return nil }
                let previous = current
                current = next
                if previous != 0, slabs[previous].live == 0 { removeSlab(previous) }
            }
            number = current
        }
        guard let start = slabs[number].start else { return nil }
        let offset = slabs[number].used
        slabs[number].used += size
        slabs[number].live += size
        if isWide { slabs[number].isWide = true }
        live += size
        let header = start + offset
        header.storeBytes(of: UInt32(size), as: UInt32.self)
        header.storeBytes(of: owner, toByteOffset: 4, as: UInt32.self)
        let reference = UInt32(number) << TextArena.unitBits | UInt32(offset >> TextArena.unitShift)
        return (reference, header + TextArena.headerBytes)
    }

    /// The block's bytes, as many as were asked for or up to seven more.
    @inline(__always)
    func bytes(_ reference: Reference) -> UnsafeMutableRawBufferPointer {
        guard reference != 0, let header = header(reference) else {
            return UnsafeMutableRawBufferPointer(start: nil, count: 0)
        }
        let size = Int(header.load(as: UInt32.self)) - TextArena.headerBytes
        return UnsafeMutableRawBufferPointer(start: header + TextArena.headerBytes, count: size)
    }

    mutating func free(_ reference: Reference) {
        guard reference != 0, let header = header(reference) else { return }
        let size = Int(header.load(as: UInt32.self))
        header.storeBytes(of: TextArena.freed, toByteOffset: 4, as: UInt32.self)
        let number = Int(reference >> TextArena.unitBits)
        slabs[number].live -= size
        live -= size
        guard slabs[number].live == 0 else { return }
        if number == current {
            sequence += 1
            slabs[number].used = 0
            slabs[number].sequence = sequence
            slabs[number].isWide = false
        } else {
            removeSlab(number)
        }
    }

    /// Whether more than a fifth of what was taken is holes, `slack` bytes aside.
    func isFragmented(slack: Int) -> Bool { capacity > live + live / 4 + slack }

    /// Empties the slab with the fewest live bytes; `moved` learns each owner's new reference.
    mutating func compactOne(moved: (_ owner: UInt32, _ reference: Reference) -> Void) {
        var emptiest = 0
        for number in slabs.indices where number != current && slabs[number].capacity == TextArena.slabBytes {
            if emptiest == 0 || slabs[number].live < slabs[emptiest].live { emptiest = number }
        }
        guard emptiest != 0, slabs[emptiest].live < TextArena.slabBytes * 9 / 10, let start = slabs[emptiest].start
        else { return }
        var offset = 0
        let end = slabs[emptiest].used
        let isWide = slabs[emptiest].isWide
        while offset < end, slabs[emptiest].start == start {
            let header = start + offset
            let size = Int(header.load(as: UInt32.self))
            let owner = header.load(fromByteOffset: 4, as: UInt32.self)
            if owner != TextArena.freed {
                let count = size - TextArena.headerBytes
                guard let (reference, copy) = allocate(bytes: count, owner: owner, isWide: isWide) else { return }
                memcpy(copy, header + TextArena.headerBytes, count)
                moved(owner, reference)
                free(UInt32(emptiest) << TextArena.unitBits | UInt32(offset >> TextArena.unitShift))
            }
            offset += size
        }
    }

    @inline(__always)
    private func header(_ reference: Reference) -> UnsafeMutableRawPointer? {
        let offset = Int(reference & (1 << TextArena.unitBits - 1)) << TextArena.unitShift
        return slabs[Int(reference >> TextArena.unitBits)].start.map { $0 + offset }
    }

    private mutating func addSlab(bytes: Int) -> Int? {
        let page = 4096
        let size = bytes == TextArena.slabBytes ? bytes : (bytes + page - 1) / page * page
        var start: UnsafeMutableRawPointer?
        if size == TextArena.slabBytes { start = spares.popLast() }
        if start == nil {
            start = MappedMemory.reserve(bytes: size)
            guard start != nil else { return nil }
            capacity += size
        }
        sequence += 1
        let slab = Slab(start: start, capacity: size, used: 0, live: 0, sequence: sequence)
        if let number = freeNumbers.popLast() {
            slabs[number] = slab
            return number
        }
        guard slabs.count < 1 << (32 - Int(TextArena.unitBits)) else {
            if let start { MappedMemory.release(start, bytes: size) }
            capacity -= size
            return nil
        }
        slabs.append(slab)
        return slabs.count - 1
    }

    private mutating func removeSlab(_ number: Int) {
        let slab = slabs[number]
        slabs[number] = Slab(start: nil, capacity: 0, used: 0, live: 0, sequence: 0)
        freeNumbers.append(number)
        guard let start = slab.start else { return }
        if slab.capacity == TextArena.slabBytes, spares.count < TextArena.spareLimit {
            spares.append(start)
        } else {
            MappedMemory.release(start, bytes: slab.capacity)
            capacity -= slab.capacity
        }
    }
}
