import Dispatch
import Synchronization

/// A timer that has the password files looked at, off every event loop.
final class PasswordFileWatch: Sendable {
    /// A change is in force after two looks.
    static let interval = 0.5

    private let timer = Mutex<(any DispatchSourceTimer)?>(nil)

    func start(_ look: @escaping @Sendable () -> Void) {
        timer.withLock { timer in
            let source = DispatchSource.makeTimerSource(queue: DispatchQueue(label: "calyx.password-files"))
            source.schedule(deadline: .now() + Self.interval, repeating: Self.interval, leeway: .milliseconds(100))
            source.setEventHandler(handler: look)
            source.activate()
            timer = source
        }
    }

    func stop() {
        timer.withLock { timer in
            timer?.cancel()
            timer = nil
        }
    }
}
