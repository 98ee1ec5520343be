import Glibc

/// Address space straight from the kernel: pages take memory only once they are touched, are zero then, and go back
/// the moment they are released, which the C allocator does not promise.
enum MappedMemory {
    /// nil when the kernel refuses.
    static func reserve(bytes: Int) -> UnsafeMutableRawPointer? {
        let flags = MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE
        guard let start = mmap(nil, bytes, PROT_READ | PROT_WRITE, flags, -1, 0), start != MAP_FAILED else {
            return nil
        }
        return start
    }

    static func release(_ start: UnsafeMutableRawPointer, bytes: Int) {
        munmap(start, bytes)
    }
}
