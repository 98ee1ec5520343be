internal import CMalloc
import Glibc

/// What the process takes of the machine's memory, looked at now and then.
package struct ResidentMemory: ~Copyable {
    /// Bytes that the rest of the process takes for good: the least that was measured lately, so that a large answer
    /// on its way out costs no task.
    package private(set) var overhead: Int?

    private let measure: @Sendable () -> Int?
    private var recent: [Int] = []
    private var nextLook = 0.0
    private var nextTrim = 0.0

    private static let interval = 0.1
    private static let remembered = 10
    private static let trimInterval = 1.0

    package init(measure: @escaping @Sendable () -> Int?) { self.measure = measure }

    /// Takes a measure when the last one is a while ago; `state` is what the state takes of it. True when there is a new
    /// one.
    package mutating func look(state: Int, at moment: Double = ResidentMemory.monotonic()) -> Bool {
        guard moment >= nextLook, let resident = measure() else { return false }
        nextLook = moment + ResidentMemory.interval
        recent.append(max(0, resident - state))
        if recent.count > ResidentMemory.remembered { recent.removeFirst() }
        overhead = recent.min()
        return true
    }

    /// Gives what the C allocator holds but nobody uses back to the system, at most once a second.
    mutating func trim() {
        let moment = ResidentMemory.monotonic()
        guard moment >= nextTrim else { return }
        nextTrim = moment + ResidentMemory.trimInterval
        malloc_trim(0)
    }

    /// Seconds that no clock adjustment changes.
    package static func monotonic() -> Double {
        var time = timespec()
        clock_gettime(CLOCK_MONOTONIC, &time)
        return Double(time.tv_sec) + Double(time.tv_nsec) / 1e9
    }

    /// Resident bytes of this process, from /proc/self/statm; nil when that cannot be read.
    @Sendable package static func ofProcess() -> Int? {
        let file = open("/proc/self/statm", O_RDONLY | O_CLOEXEC)
        guard file >= 0 else { return nil }
        defer { close(file) }
        return withUnsafeTemporaryAllocation(byteCount: 128, alignment: 1) { buffer in
            let count = read(file, buffer.baseAddress, buffer.count)
            guard count > 0 else { return nil }
            let fields = String(decoding: buffer.prefix(count), as: UTF8.self).split(separator: " ")
            guard fields.count > 1, let pages = Int(fields[1]) else { return nil }
            return pages * Int(sysconf(Int32(_SC_PAGESIZE)))
        }
    }
}
