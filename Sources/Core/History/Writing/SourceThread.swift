import Dispatch
import Synchronization
internal import ThreadPool

/// A thread of ordinary priority on which the writer, whose own is low, looks at the state. Whoever holds the state's lock
/// keeps ingest waiting: it must not be set aside meanwhile for what is more important than the writer.
final class SourceThread: Sendable {
    private final class Box<Value: Sendable>: Sendable {
        let value = Mutex<Value?>(nil)
        let done = DispatchSemaphore(value: 0)
    }

    private let pool = ThreadPool(name: "history source", threads: 1, queueLimit: 0)

    /// Runs `body` there and waits for it; at once on the caller's thread when there is another caller.
    func run<Result: Sendable>(_ body: @escaping @Sendable () -> Result) -> Result {
        let box = Box<Result>()
        let isTaken = pool.submit {
            let result = body()
            box.value.withLock { $0 = result }
            box.done.signal()
        }
        if isTaken { box.done.wait() }
        return box.value.withLock { $0 } ?? body()
    }
}
