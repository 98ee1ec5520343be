import CeleryFixtures
import ClusterState
import Foundation
import Synchronization

/// A cluster with a clock of its own, fed with events in a short notation.
final class ClusterUnderTest: Sendable {
    let cluster: Cluster
    private let clock: TestClock

    /// `resident` stands for the bytes that the process takes.
    init(
        _ limits: ClusterLimits = ClusterLimits(), at start: Double = 1000,
        resident: @escaping @Sendable () -> Int? = { nil }
    ) {
        let clock = TestClock(start)
        self.clock = clock
        cluster = Cluster(limits: limits, now: { clock.now }, resident: resident)
    }

    var now: Double {
        get { clock.now }
        set { clock.now = newValue }
    }

    /// Takes payloads as one batch, received now.
    func take(_ payloads: [[UInt8]]) {
        cluster.receive(at: now) { take in
            for payload in payloads { payload.withUnsafeBytes { take($0) } }
        }
    }

    /// Takes JSON bodies, each in an envelope of its own.
    func take(_ bodies: String...) { take(bodies.map { Envelope.wrap($0) }) }

    /// One task event of task `id`; `fields` is the inside of a JSON object.
    func task(_ type: String, _ id: String = "t1", at time: Double, on host: String = "w1@h", _ fields: String = "") {
        let more = fields.isEmpty ? "" : ", " + fields
        take(#"{"type": "task-\#(type)", "uuid": "\#(id)", "hostname": "\#(host)", "timestamp": \#(time)\#(more)}"#)
    }

    /// One worker event.
    func worker(_ type: String, _ host: String = "w1@h", _ fields: String = #""freq": 2.0"#) {
        take(#"{"type": "worker-\#(type)", "hostname": "\#(host)", "timestamp": \#(now), \#(fields)}"#)
    }

    /// The name of a task's state.
    func state(_ id: String = "t1") -> String? { cluster.task(id)?.state.name }

    func ids(_ query: TaskQuery) -> [String] { cluster.tasks(query).tasks.map(\.uuid) }
}

final class TestClock: Sendable {
    private let time: Mutex<Double>

    init(_ time: Double) { self.time = Mutex(time) }

    var now: Double {
        get { time.withLock { $0 } }
        set { time.withLock { $0 = newValue } }
    }
}
