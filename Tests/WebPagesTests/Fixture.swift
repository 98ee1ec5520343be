import CeleryBroker
import ClusterState
import Foundation
import Identity
import Synchronization
import WebPages

/// A broker whose state a test sets.
final class SetBroker: Broker {
    struct State {
        var status = BrokerStatus(url: "redis://:**@broker.example:6379/0", isConnected: true, since: 1_795_344_000)
        var sample = QueueSample()
        var inspections: [String: WorkerInspection] = [:]
        var asked: [String?] = []
    }

    let state = Mutex(State())

    var status: BrokerStatus { state.withLock { $0.status } }
    func queueSample() -> QueueSample { state.withLock { $0.sample } }
    func inspections() -> [String: WorkerInspection] { state.withLock { $0.inspections } }
    func refreshInspections(worker: String?) async throws { state.withLock { $0.asked.append(worker) } }
    func run() async throws {}
}

/// Pages over a cluster that is fed with events as they come on the wire.
final class Fixture: Sendable {
    static let start = 1_795_344_456.0

    let broker = SetBroker()
    let results = SetResults()
    let cluster: Cluster
    let pages: WebPages
    private let time: TestClock

    final class TestClock: Sendable {
        let now = Mutex(Fixture.start)
    }

    init(instance: InstanceInfo = InstanceInfo(version: "1.2.3", clusterName: "redis://broker.example:6379/0")) {
        let clock = TestClock()
        time = clock
        let now: @Sendable () -> Double = { clock.now.withLock { $0 } }
        cluster = Cluster(now: now)
        pages = WebPages(cluster: cluster, broker: broker, results: results, instance: instance, now: now)
    }

    var now: Double { time.now.withLock { $0 } }

    func pass(_ seconds: Double) { time.now.withLock { $0 += seconds } }

    /// Feeds one event; `fields` are JSON members.
    func event(_ type: String, from hostname: String = "celery@node1", _ fields: [String: Any]) {
        var event: [String: Any] = [
            "type": type, "hostname": hostname, "timestamp": now, "utcoffset": 0, "pid": 812, "clock": 1,
        ]
        event.merge(fields) { $1 }
        guard let body = try? JSONSerialization.data(withJSONObject: event) else { return }
        let envelope =
            #"{"body": "\#(body.base64EncodedString())", "content-encoding": "utf-8", "content-type": "application/json", "#
            + #""headers": {"hostname": "x"}, "properties": {"body_encoding": "base64", "delivery_tag": "1"}}"#
        cluster.receive(at: now) { take in Array(envelope.utf8).withUnsafeBytes { take($0) } }
    }

    func heartbeat(_ hostname: String = "celery@node1", active: Int = 0) {
        event(
            "worker-heartbeat", from: hostname,
            [
                "freq": 2.0, "active": active, "processed": 10, "loadavg": [1.5, 1.25, 1.0], "sw_ident": "py-celery",
                "sw_ver": "5.7.0", "sw_sys": "Linux",
            ])
    }

    /// A task that was received, and started unless `isStarted` is false.
    func task(_ id: String, name: String = "shop.charge", isStarted: Bool = true, args: String = "('amex',)") {
        event("task-received", ["uuid": id, "name": name, "args": args, "kwargs": "{}", "retries": 0])
        if isStarted { event("task-started", ["uuid": id]) }
    }

    func request(
        _ path: String, _ query: [(name: String, value: String)] = [], prefix: String = "/flower",
        role: Role = .operator
    ) -> PageRequest {
        PageRequest(
            path: path, query: query,
            principal: Principal(provider: "basic", subject: "ada", name: "ada", role: role), prefix: prefix,
            csrfToken: "csrf-token", requestID: "request-id")
    }

    func page(
        _ path: String, _ query: [(name: String, value: String)] = [], prefix: String = "/flower",
        role: Role = .operator
    ) async -> (status: Int, text: String) {
        guard let response = await pages.respond(to: request(path, query, prefix: prefix, role: role)) else {
            return (0, "")
        }
        return (response.status, String(decoding: response.body, as: UTF8.self))
    }
}
