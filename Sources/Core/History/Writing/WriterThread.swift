import Foundation
import Glibc
import Synchronization

/// A thread that calls `step` again and again: at once while that returns true, else after a pause. It has a lower priority
/// than all others: what it works on can wait in memory, events cannot.
final class WriterThread: Sendable {
    private let state = Mutex(State())
    private let wake = DispatchSemaphore(value: 0)
    private let ended = DispatchSemaphore(value: 0)

    private static let niceness: Int32 = 10

    private struct State {
        var isStopped = false
    }

    /// - Parameters:
    ///   - pause: seconds.
    ///   - finish: the last call, after `stop()`.
    init(
        name: String, pause: Double, step: @escaping @Sendable () -> Bool, finish: @escaping @Sendable () -> Void
    ) {
        let thread = Thread { [self] in
            // Signals belong to the program's main thread.
            var signals = sigset_t()
            sigfillset(&signals)
            for crash in [SIGSEGV, SIGBUS, SIGILL, SIGFPE, SIGTRAP, SIGABRT] { sigdelset(&signals, crash) }
            pthread_sigmask(SIG_BLOCK, &signals, nil)
            // On Linux the priority is that of the calling thread alone. About a tenth of a contended processor is left.
            _ = nice(Self.niceness)
            while !state.withLock({ $0.isStopped }) {
                if !step() { _ = wake.wait(timeout: .now() + pause) }
            }
            finish()
            ended.signal()
        }
        thread.name = name
        thread.stackSize = 1 << 20
        thread.start()
    }

    /// Ends the thread after its last call; blocks at most `seconds`. False when it takes longer.
    func stop(within seconds: Double) -> Bool {
        state.withLock { $0.isStopped = true }
        wake.signal()
        return ended.wait(timeout: .now() + seconds) == .success
    }
}
