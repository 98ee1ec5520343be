import Foundation
import SessionStore
import Synchronization

/// Both clocks, set by hand.
final class TestClock: Sendable {
    private let reading: Mutex<ClockReading>

    init(wall: Double = 1_800_000_000, monotonic: Double = 5000) {
        reading = Mutex(ClockReading(wall: wall, monotonic: monotonic))
    }

    var now: ClockReading { reading.withLock { $0 } }
    var read: @Sendable () -> ClockReading { { self.now } }

    /// Time passes, on both.
    func advance(_ seconds: Double) {
        reading.withLock {
            $0.wall += seconds
            $0.monotonic += seconds
        }
    }

    /// Somebody sets the wall clock.
    func setWall(by seconds: Double) { reading.withLock { $0.wall += seconds } }
}

/// A directory of its own for one test, removed with it.
final class TemporaryDirectory: Sendable {
    let path: String
    private let kept = Mutex<[any Sendable]>([])

    /// Lives as long as the directory.
    func keep(_ object: any Sendable) { kept.withLock { $0.append(object) } }

    init() throws {
        path = FileManager.default.temporaryDirectory.appendingPathComponent("calyx-\(UUID().uuidString)").path
        try FileManager.default.createDirectory(atPath: path, withIntermediateDirectories: true)
    }

    deinit { try? FileManager.default.removeItem(atPath: path) }
}
