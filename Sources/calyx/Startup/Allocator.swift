import CMalloc

/// How the C allocator keeps what is freed.
enum Allocator {
    /// Left alone, every thread gets a heap of its own that never shrinks, and a large answer raises the size from which
    /// memory comes straight from the system and goes straight back.
    static func keepLittle() {
        mallopt(M_ARENA_MAX, 2)
        mallopt(M_MMAP_THRESHOLD, 256 << 10)
        mallopt(M_TRIM_THRESHOLD, 1 << 20)
    }
}
