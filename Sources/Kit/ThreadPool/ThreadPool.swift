import Dispatch
import Foundation
import Glibc
import Synchronization

/// A few threads of our own for calls that block: libcurl, password hashing, file checks.
///
/// Such calls must run neither on an event loop nor on Swift's cooperative pool, which has one thread per core. The
/// queue is bounded: work beyond `queueLimit` is refused at once instead of growing a backlog nobody waits for.
/// Dropping the last reference lets queued work finish and then ends the threads.
package final class ThreadPool: Sendable {
    private let queue: WorkQueue

    /// - Parameters:
    ///   - name: shown by `top -H`; the kernel keeps 15 bytes.
    ///   - threads: how many run at once, at least one.
    ///   - queueLimit: how many may wait beside those that run.
    package init(name: String, threads: Int, queueLimit: Int) {
        queue = WorkQueue(limit: max(0, queueLimit) + max(1, threads))
        for _ in 0..<max(1, threads) { WorkerThread.start(name: name, queue: queue) }
    }

    deinit { queue.close() }

    /// Queues `work`; false when the queue is full, and then `work` never runs.
    package func submit(_ work: @escaping @Sendable () -> Void) -> Bool { queue.append(work) }

    /// Runs `work` on one of the threads and returns its result; nil when the queue is full.
    ///
    /// Cancelling the task does not interrupt work that has begun: what blocks must have a deadline of its own.
    package func run<Result: Sendable>(_ work: @escaping @Sendable () -> Result) async -> Result? {
        await withCheckedContinuation { continuation in
            if !submit({ continuation.resume(returning: work()) }) { continuation.resume(returning: nil) }
        }
    }

    /// Work that waits or runs now.
    package var pending: Int { queue.pending }
}

/// The bounded queue between callers and threads.
private final class WorkQueue: Sendable {
    private struct State {
        var waiting: [@Sendable () -> Void] = []
        var head = 0
        var running = 0
        var closed = false
    }

    private let state = Mutex(State())
    private let available = DispatchSemaphore(value: 0)
    private let limit: Int

    init(limit: Int) { self.limit = limit }

    var pending: Int { state.withLock { $0.waiting.count - $0.head + $0.running } }

    func append(_ work: @escaping @Sendable () -> Void) -> Bool {
        let accepted = state.withLock { state in
            guard !state.closed, state.waiting.count - state.head + state.running < limit else { return false }
            state.waiting.append(work)
            return true
        }
        if accepted { available.signal() }
        return accepted
    }

    func close() {
        state.withLock { $0.closed = true }
        available.signal()
    }

    /// Blocks until there is work; nil once the queue is closed and empty.
    func next() -> (@Sendable () -> Void)? {
        available.wait()
        let work = state.withLock { state -> (@Sendable () -> Void)? in
            guard state.head < state.waiting.count else { return nil }
            let work = state.waiting[state.head]
            state.head += 1
            if state.head == state.waiting.count || state.head >= 64 {
                state.waiting.removeFirst(state.head)
                state.head = 0
            }
            state.running += 1
            return work
        }
        // Only `close` signals without work: pass it on, so that every thread sees it.
        if work == nil { available.signal() }
        return work
    }

    func finished() { state.withLock { $0.running -= 1 } }
}

/// One thread that takes work until its queue is closed.
private enum WorkerThread {
    static func start(name: String, queue: WorkQueue) {
        let thread = Thread {
            // Signals belong to the program's main thread; SIGPIPE of a C library must not end the process.
            var signals = sigset_t()
            sigfillset(&signals)
            for crash in [SIGSEGV, SIGBUS, SIGILL, SIGFPE, SIGTRAP, SIGABRT] { sigdelset(&signals, crash) }
            pthread_sigmask(SIG_BLOCK, &signals, nil)
            while let work = queue.next() {
                work()
                queue.finished()
            }
        }
        thread.name = String(name.prefix(15))
        thread.stackSize = 512 * 1024
        thread.start()
    }
}
