import Foundation

/// The wall clock, in Unix seconds.
package enum WallTime {
    @Sendable package static func now() -> Double { Date().timeIntervalSince1970 }
}
