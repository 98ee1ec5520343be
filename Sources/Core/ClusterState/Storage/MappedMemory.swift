import Glibc

/// Address space straight from the kernel: pages take memory only once they are touched, are zero then, and go back
/// the moment they are released, which the C allocator does not promise.
struct MappedMemory {
    let start: UnsafeMutableRawPointer
    private let bytes: Int
    private let isMapped: Bool

    /// Zeroed memory for as long as it is not released. When the kernel refuses, it comes from the C allocator.
    init(bytes: Int) {
        if let start = MappedMemory.reserve(bytes: bytes) {
            self.start = start
            isMapped = true
        } else {
            start = .allocate(byteCount: max(bytes, 1), alignment: 64)
            start.initializeMemory(as: UInt8.self, repeating: 0, count: bytes)
            isMapped = false
        }
        self.bytes = bytes
    }

    func release() {
        if isMapped { MappedMemory.release(start, bytes: bytes) } else { start.deallocate() }
    }

    /// nil when the kernel refuses.
    static func reserve(bytes: Int) -> UnsafeMutableRawPointer? {
        let flags = MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE
        guard let start = mmap(nil, max(bytes, 1), PROT_READ | PROT_WRITE, flags, -1, 0), start != MAP_FAILED else {
            return nil
        }
        return start
    }

    static func release(_ start: UnsafeMutableRawPointer, bytes: Int) {
        munmap(start, max(bytes, 1))
    }
}
