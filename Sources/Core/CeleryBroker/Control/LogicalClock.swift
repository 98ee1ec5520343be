import Synchronization

/// This process's Lamport clock: every message it sends carries the next number, as those of Celery's clients do.
final class LogicalClock: Sendable {
    private let value = Atomic<Int64>(0)

    func tick() -> Int64 { value.add(1, ordering: .relaxed).newValue }
}
