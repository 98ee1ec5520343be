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
    /// The slabs in use by sequence.
    private var order: [(sequence: UInt64, number: Int)] = []
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
            slabs[number].used = 0
            slabs[number].isWide = false
            leaveOrder(number)
            enterOrder(number)
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

    /// A stretch of blocks to be read.
    struct Stretch {
        let bytes: UnsafeRawBufferPointer
        /// Some block of the slab is not only ASCII.
        let isWide: Bool
    }

    /// Where a reader of all blocks is. What is written or moved meanwhile comes behind it.
    struct Cursor {
        fileprivate var sequence: UInt64 = 0
        fileprivate var offset = 0
    }

    /// The blocks at the cursor, which moves behind them: the rest of a slab, or about `wideBytes` of one that holds more
    /// than ASCII. nil when everything was read.
    func nextStretch(_ cursor: inout Cursor, wideBytes: Int) -> Stretch? {
        var index = firstIndex(from: cursor.sequence)
        while index < order.count {
            let slab = slabs[order[index].number]
            if slab.sequence != cursor.sequence {
                cursor.sequence = slab.sequence
                cursor.offset = 0
            }
            guard let start = slab.start, cursor.offset < slab.used else {
                index += 1
                continue
            }
            var end = slab.used
            if slab.isWide, end - cursor.offset > wideBytes {
                end = cursor.offset
                while end - cursor.offset < wideBytes { end += Int((start + end).load(as: UInt32.self)) }
            }
            let bytes = UnsafeRawBufferPointer(start: start + cursor.offset, count: end - cursor.offset)
            cursor.offset = end
            return Stretch(bytes: bytes, isWide: slab.isWide)
        }
        return nil
    }

    /// One block of a stretch.
    struct Block {
        /// nil for a block that was freed.
        let owner: UInt32?
        let record: UnsafeRawBufferPointer
        /// Behind the block in its stretch.
        let end: Int
    }

    @inline(__always)
    static func block(at offset: Int, in stretch: UnsafeRawBufferPointer) -> Block {
        let size = Int(stretch.load(fromByteOffset: offset, as: UInt32.self))
        let owner = stretch.load(fromByteOffset: offset + 4, as: UInt32.self)
        let record = UnsafeRawBufferPointer(rebasing: stretch[offset + headerBytes..<offset + size])
        return Block(owner: owner == freed ? nil : owner, record: record, end: offset + size)
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
        let slab = Slab(start: start, capacity: size, used: 0, live: 0, sequence: 0)
        if let number = freeNumbers.popLast() {
            slabs[number] = slab
            enterOrder(number)
            return number
        }
        guard slabs.count < 1 << (32 - Int(TextArena.unitBits)) else {
            if let start { MappedMemory.release(start, bytes: size) }
            capacity -= size
            return nil
        }
        slabs.append(slab)
        enterOrder(slabs.count - 1)
        return slabs.count - 1
    }

    private mutating func enterOrder(_ number: Int) {
        sequence += 1
        slabs[number].sequence = sequence
        order.append((sequence, number))
    }

    private mutating func leaveOrder(_ number: Int) {
        let index = firstIndex(from: slabs[number].sequence)
        if index < order.count, order[index].number == number { order.remove(at: index) }
    }

    /// The first place in `order` of a slab that is not older.
    private func firstIndex(from sequence: UInt64) -> Int {
        var low = 0
        var high = order.count
        while low < high {
            let middle = (low + high) / 2
            if order[middle].sequence < sequence { low = middle + 1 } else { high = middle }
        }
        return low
    }

    private mutating func removeSlab(_ number: Int) {
        leaveOrder(number)
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
