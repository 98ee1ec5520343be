import Glibc

/// Bounds of password checking.
package struct PasswordLimits: Sendable {
    /// Seconds for which verified credentials are not hashed again.
    package var cacheLifetime = 60.0
    package var cacheCapacity = 1000
    /// Half the processors, so that requests of people who are signed in always find one.
    package var threads = max(1, Int(sysconf(Int32(_SC_NPROCESSORS_ONLN))) / 2)
    /// Attempts that may wait for a thread; further ones are told to come back.
    package var queueLimit = 64
    var throttle = SignInThrottle.Policy()

    package init() {}
}

extension PasswordAuthenticator {
    /// Seconds of the clock that never goes back.
    package static func monotonicSeconds() -> Double {
        var time = timespec()
        clock_gettime(CLOCK_BOOTTIME, &time)
        return Double(time.tv_sec) + Double(time.tv_nsec) / 1e9
    }
}
