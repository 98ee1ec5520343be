import NIOCore

/// Runs tasks on the threads of an event loop group, each on the loop that woke it: what serves a connection stays on the
/// connection's own thread, and a request that needs no other thread wakes none.
///
/// Work that takes long leaves it by `withTaskExecutorPreference(globalConcurrentExecutor)`.
final class EventLoopTaskExecutor: TaskExecutor {
    private let group: any EventLoopGroup

    init(_ group: any EventLoopGroup) { self.group = group }

    func enqueue(_ job: consuming ExecutorJob) {
        let job = UnownedJob(job)
        // `any()` is the loop whose thread this is, if it is one of the group's.
        group.any().execute { job.runSynchronously(on: self.asUnownedTaskExecutor()) }
    }
}
