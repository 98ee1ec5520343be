import Glibc

/// One look at both clocks. Expiry is checked on each of them, so that setting the wall clock back extends no session.
package struct ClockReading: Sendable, Equatable {
    /// Unix seconds.
    package var wall: Double
    /// Seconds since some fixed moment; never goes back, and goes on while the machine sleeps.
    package var monotonic: Double

    package init(wall: Double, monotonic: Double) {
        self.wall = wall
        self.monotonic = monotonic
    }

    package static func system() -> ClockReading {
        ClockReading(wall: seconds(CLOCK_REALTIME), monotonic: seconds(CLOCK_BOOTTIME))
    }

    private static func seconds(_ clock: clockid_t) -> Double {
        var time = timespec()
        clock_gettime(clock, &time)
        return Double(time.tv_sec) + Double(time.tv_nsec) / 1e9
    }
}
