internal import CeleryProtocol
import Synchronization

/// Asks workers about themselves and keeps what they answered. Runs at the same time for the same workers are one run.
final class Inspector: Sendable {
    private struct Shared {
        var book: InspectionBook
        var schedule = InspectionSchedule()
        var runs: [String: Task<Void, any Error>] = [:]
    }

    /// Different workers that may be asked at once on request.
    private static let maximumRuns = 32

    private let control: any RemoteControl
    private let now: @Sendable () -> Double
    private let shared: Mutex<Shared>

    init(
        control: any RemoteControl, maximumWorkers: Int, retention: Double, now: @escaping @Sendable () -> Double
    ) {
        self.control = control
        self.now = now
        shared = Mutex(Shared(book: InspectionBook(maximumWorkers: maximumWorkers, retention: retention)))
    }

    var inspections: [String: WorkerInspection] { shared.withLock { $0.book.inspections } }
    var use: InspectionUse {
        shared.withLock { shared in
            var use = InspectionUse()
            use.workers = shared.book.inspections.count
            use.bytes = shared.book.bytes
            use.forgotten = shared.book.forgotten
            return use
        }
    }

    var queueNames: Set<String> { shared.withLock { $0.book.queueNames } }

    var declaredQueues: Set<DeclaredQueue> { shared.withLock { $0.book.declaredQueues } }

    func consumers(alive: Set<String>) -> [String: [String]] { shared.withLock { $0.book.consumers(alive: alive) } }

    /// Asks all workers, or all about one; shares a run that is under way.
    func refresh(worker: String?) async throws {
        let key = worker.map { "worker \($0)" } ?? "all"
        try await run(key) {
            try await self.ask(
                worker == nil ? InspectMethod.overview : InspectMethod.detail, destination: worker.map { [$0] })
        }
    }

    /// Ends the runs that are under way.
    func cancelRuns() {
        for run in shared.withLock({ Array($0.runs.values) }) { run.cancel() }
    }

    /// Asks workers that are new, and forgets those long dead. To be called about once a second.
    func tick(alive: [String], mayAsk: Bool) async {
        let time = now()
        let due = shared.withLock { shared in
            shared.book.prune(alive: Set(alive), now: time)
            return mayAsk ? shared.schedule.due(alive: alive, now: time) : []
        }
        guard !due.isEmpty else { return }
        // A failure shows in the broker's status; the schedule tries again.
        try? await ask(InspectMethod.overview, destination: due)
    }

    private func run(_ key: String, _ operation: @escaping @Sendable () async throws -> Void) async throws {
        let task: Task<Void, any Error>? = shared.withLock { shared in
            if let running = shared.runs[key] { return running }
            guard shared.runs.count < Self.maximumRuns else { return nil }
            let task = Task {
                defer { self.shared.withLock { $0.runs[key] = nil } }
                try await operation()
            }
            shared.runs[key] = task
            return task
        }
        guard let task else { throw ControlError.tooManyCommands }
        try await task.value
    }

    private func ask(_ methods: [InspectMethod], destination: [String]?) async throws {
        try await withThrowingTaskGroup(of: Void.self) { group in
            for method in methods {
                group.addTask {
                    let request = ControlRequest(
                        method.rawValue, arguments: method.arguments, destination: destination)
                    let outcome = try await self.control.broadcast(request, timeout: nil)
                    self.take(outcome, to: method)
                }
            }
            try await group.waitForAll()
        }
    }

    private func take(_ outcome: ControlOutcome, to method: InspectMethod) {
        let time = now()
        // One by one: pages that read what is kept come in between.
        for reply in outcome.replies { shared.withLock { $0.book.take(reply, to: method, at: time) } }
        if method == .activeQueues {
            shared.withLock { $0.schedule.answered(outcome.replies.map(\.worker)) }
        }
    }
}
