import Glibc

/// The wall clock.
package enum SystemClock {
    /// Unix seconds.
    @Sendable package static func now() -> Double {
        var time = timespec()
        clock_gettime(CLOCK_REALTIME, &time)
        return Double(time.tv_sec) + Double(time.tv_nsec) / 1e9
    }
}
