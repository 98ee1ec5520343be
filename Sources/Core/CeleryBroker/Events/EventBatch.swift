import Glibc

/// Payloads of one read of the socket, copied one behind the other.
///
/// Its memory comes from the kernel and goes back there: batches come by the thousand in a burst, and never otherwise.
final class EventBatch: @unchecked Sendable {
    static let usualCapacity = 128 << 10
    private static let header = MemoryLayout<Int>.size

    let receivedAt: Double
    /// Bytes of address space; about as many are resident when the batch is full.
    let capacity: Int
    private let start: UnsafeMutableRawPointer
    private var end = 0
    private(set) var count = 0

    /// nil when the kernel has no memory. `room` is what one payload needs at least.
    init?(receivedAt: Double, room: Int) {
        let capacity = max(Self.usualCapacity, Self.header + room)
        guard let start = mmap(nil, capacity, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0),
            start != MAP_FAILED
        else { return nil }
        self.receivedAt = receivedAt
        self.capacity = capacity
        self.start = start
    }

    deinit { munmap(start, capacity) }

    /// Bytes used, and so resident.
    var size: Int { end }

    /// False when the payload does not fit any more.
    func append(_ payload: UnsafeRawBufferPointer) -> Bool {
        guard capacity - end >= Self.header + payload.count else { return false }
        start.storeBytes(of: payload.count, toByteOffset: end, as: Int.self)
        if let source = payload.baseAddress {
            (start + end + Self.header).copyMemory(from: source, byteCount: payload.count)
        }
        // Lengths stay aligned.
        end += (Self.header + payload.count + 7) & ~7
        end = min(end, capacity)
        count += 1
        return true
    }

    /// Every payload in order, each valid only during the call.
    func forEach(_ body: (UnsafeRawBufferPointer) -> Void) {
        var offset = 0
        for _ in 0..<count {
            let length = start.load(fromByteOffset: offset, as: Int.self)
            body(UnsafeRawBufferPointer(start: start + offset + Self.header, count: length))
            offset += (Self.header + length + 7) & ~7
        }
    }
}
