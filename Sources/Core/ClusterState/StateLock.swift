import Glibc

/// A mutual exclusion that is fair: whoever waits gets it before the present holder can have it again.
///
/// Under full load events are applied in slice after slice by one thread; with an ordinary mutex that thread would win
/// it back every time and readers would wait for seconds.
final class StateLock: @unchecked Sendable {
    // Pointers, because a pthread mutex must never move. The turnstile is held only while waiting for `main`.
    private let turnstile = UnsafeMutablePointer<pthread_mutex_t>.allocate(capacity: 1)
    private let main = UnsafeMutablePointer<pthread_mutex_t>.allocate(capacity: 1)

    /// Guarded by the lock itself.
    private var takenAt = 0.0
    private(set) var longHolds: UInt64 = 0
    private(set) var longestHold = 0.0

    /// Seconds from which on a hold counts as long: nobody should keep events waiting for more.
    static let longHold = 0.001

    init() {
        turnstile.initialize(to: pthread_mutex_t())
        main.initialize(to: pthread_mutex_t())
        pthread_mutex_init(turnstile, nil)
        pthread_mutex_init(main, nil)
    }

    deinit {
        pthread_mutex_destroy(turnstile)
        pthread_mutex_destroy(main)
        turnstile.deallocate()
        main.deallocate()
    }

    func lock() {
        pthread_mutex_lock(turnstile)
        pthread_mutex_lock(main)
        pthread_mutex_unlock(turnstile)
        takenAt = ResidentMemory.monotonic()
    }

    func unlock() {
        let held = ResidentMemory.monotonic() - takenAt
        if held > StateLock.longHold { longHolds += 1 }
        if held > longestHold { longestHold = held }
        pthread_mutex_unlock(main)
    }

    func withLock<R>(_ body: () -> R) -> R {
        lock()
        defer { unlock() }
        return body()
    }
}
