import ClusterState
import Testing

@testable import WebPages

@Suite("A task's timeline")
struct TaskTimelineTests {
    private func task(_ state: TaskState, _ change: (inout TaskSnapshot) -> Void) -> TaskSnapshot {
        var task = TaskSnapshot(uuid: "id", state: state)
        change(&task)
        return task
    }

    @Test("Time between events has a meaning")
    func usual() {
        let timeline = TaskTimeline(
            task(.success) {
                $0.sent = 100
                $0.received = 100.5
                $0.started = 101
                $0.succeeded = 103
            })
        #expect(timeline.steps.map(\.word) == ["Sent", "Received", "Started", "Succeeded"])
        #expect(timeline.steps.compactMap(\.since).map(\.seconds) == [0.5, 0.5, 2])
        #expect(
            timeline.steps.compactMap(\.since).map(\.meaning) == ["in the queue", "waiting in the worker", "running"])
        #expect(timeline.total == 3)
        #expect(timeline.missing.isEmpty)
    }

    @Test("What is missing is said, not guessed")
    func missing() {
        let timeline = TaskTimeline(
            task(.failure) {
                $0.received = 100
                $0.failed = 101
            })
        #expect(timeline.missing.count == 2)
        #expect(timeline.missing[0].contains("task_send_sent_event"))
        #expect(timeline.missing[1].hasPrefix("No started event"))
        #expect(timeline.steps.last?.since?.meaning == "until it failed")
    }

    @Test("A task that is only sent misses nothing but what follows")
    func pending() {
        let timeline = TaskTimeline(task(.pending) { $0.sent = 100 })
        #expect(timeline.steps.map(\.word) == ["Sent"] && timeline.missing.isEmpty && timeline.total == nil)
    }

    @Test("Times that no clock shows are left out")
    func impossible() {
        let timeline = TaskTimeline(
            task(.success) {
                $0.received = .nan
                $0.succeeded = .infinity
            })
        #expect(timeline.steps.isEmpty)
    }

    @Test(
        "Retries are exhausted when a task failed for good after at least one",
        arguments: [
            (TaskState.failure, 0, 0, false, 1), (.failure, 3, 0, true, 4), (.failure, 3, 3, true, 4),
            (.failure, nil, 2, true, 3),
            (.retry, 1, 1, false, 1), (.retry, nil, 0, false, 1), (.success, 2, 2, false, 3),
        ] as [(TaskState, Int?, Int, Bool, Int)])
    func exhausted(_ state: TaskState, _ retries: Int?, _ kept: Int, _ isExhausted: Bool, _ total: Int) {
        let task = task(state) {
            $0.retries = retries
            $0.attempts = (0..<kept).map { TaskAttempt(time: Double($0)) }
        }
        #expect(TaskAttempts.isExhausted(task) == isExhausted)
        #expect(TaskAttempts.total(task) == total)
    }

    @Test("A text is taken as cut by Celery only when it is long and ends so")
    func cut() {
        #expect(TaskText.isCutByCelery(String(repeating: "x", count: 1024) + "...'"))
        #expect(TaskText.isCutByCelery("(" + String(repeating: "1, ", count: 400) + "…, ...)"))
        #expect(!TaskText.isCutByCelery("(...)"))
        #expect(!TaskText.isCutByCelery(String(repeating: "x", count: 5000)))
    }
}
