import Foundation
import Logging
import Synchronization

/// A clock that is set by hand.
final class TestClock: Sendable {
    private let seconds = Mutex(1000.0)
    var read: @Sendable () -> Double { { self.seconds.withLock { $0 } } }
    func advance(_ amount: Double) { seconds.withLock { $0 += amount } }
}

/// A directory of its own for one test, removed with it.
final class TemporaryDirectory: Sendable {
    let path: String

    init() throws {
        path = FileManager.default.temporaryDirectory.appendingPathComponent("calyx-\(UUID().uuidString)").path
        try FileManager.default.createDirectory(atPath: path, withIntermediateDirectories: true)
    }

    deinit { try? FileManager.default.removeItem(atPath: path) }
}

/// Drops what is logged.
let quietLogger = Logger(label: "test") { _ in SwiftLogNoOpLogHandler() }
