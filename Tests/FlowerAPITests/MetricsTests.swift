import CeleryBroker
import FlowerAPI
import Foundation
import Testing

@Suite struct MetricsTests {
    private func lines(_ fixture: APIFixture) async throws -> [String] {
        let answer = try await fixture.ask("/metrics")
        #expect(answer.status == 200)
        #expect(answer.contentType == "text/plain; version=0.0.4; charset=utf-8")
        return answer.text.split(separator: "\n").map(String.init)
    }

    @Test("Flower's families are there with their names, types and help texts")
    func families() async throws {
        let ours = Set(try await lines(APIFixture.recorded()))
        let captured = String(decoding: try Captures.bytes("GET_metrics.prom"), as: UTF8.self)
        for line in captured.split(separator: "\n") where line.hasPrefix("# ") && !line.contains(" python_") {
            #expect(ours.contains(String(line)))
        }
    }

    @Test("Series of Flower's families carry Flower's labels")
    func labels() async throws {
        func shapes(_ lines: [Substring]) -> Set<String> {
            Set(
                lines.filter { $0.hasPrefix("flower_") }.compactMap { line in
                    let name = line.prefix { $0 != "{" && $0 != " " }
                    let labels = line.matches(of: /([a-z_]+)="/).map { String($0.1) }
                    return "\(name){\(labels.joined(separator: ","))}"
                })
        }
        let captured = String(decoding: try Captures.bytes("GET_metrics.prom"), as: UTF8.self)
        let ours = try await lines(APIFixture.recorded())
        #expect(shapes(captured.split(separator: "\n")) == shapes(ours.map { $0[...] }))
    }

    @Test("The tasks by state and the workers online are counted")
    func lesson() async throws {
        let fixture = APIFixture()
        try fixture.event("worker-heartbeat", ["freq": 2.0, "active": 4])
        try fixture.event("worker-heartbeat", ["hostname": "w2@lab", "freq": 2.0], at: 900)
        for id in ["x", "y"] {
            try fixture.event("task-received", ["uuid": id, "name": "documents.process"])
            try fixture.event("task-succeeded", ["uuid": id, "result": "1", "runtime": 0.1])
        }
        let lines = try await lines(fixture)
        #expect(lines.contains(#"celery_tasks_total{name="documents.process",state="SUCCESS"} 2.0"#))
        #expect(lines.contains("celery_workers 1.0"))
        #expect(lines.contains(#"flower_worker_online{worker="w1@lab"} 1.0"#))
        #expect(lines.contains(#"flower_worker_online{worker="w2@lab"} 0.0"#))
        #expect(lines.contains(#"flower_worker_number_of_currently_executing_tasks{worker="w1@lab"} 4.0"#))
        #expect(
            lines.contains(#"flower_events_total{task="documents.process",type="task-received",worker="w1@lab"} 2.0"#))
    }

    @Test("Queue depths and this process are there")
    func queuesAndProcess() async throws {
        let fixture = APIFixture()
        fixture.broker.set(
            sample: QueueSample(
                queues: [QueueDepth(name: "celery", messages: 47, consumers: ["w1@lab"])], takenAt: 1000))
        let lines = try await lines(fixture)
        #expect(lines.contains(#"calyx_queue_depth{queue="celery"} 47.0"#))
        #expect(lines.contains(#"calyx_queue_consumers{queue="celery"} 1.0"#))
        let resident = try #require(lines.first { $0.hasPrefix("process_resident_memory_bytes ") })
        #expect(try #require(Double(resident.split(separator: " ")[1])) > 1_000_000)
        let start = try #require(lines.first { $0.hasPrefix("process_start_time_seconds ") })
        let age = Date().timeIntervalSince1970 - (try #require(Double(start.split(separator: " ")[1])))
        #expect((-2..<86_400).contains(age))
    }

    @Test("No line is anything but a comment or a sample, whatever the names")
    func format() async throws {
        let fixture = APIFixture()
        try fixture.event("task-received", ["uuid": "x", "name": "a\"}\nb\\ {\u{e9}"])
        try fixture.event("worker-heartbeat", ["hostname": "w\n\"1", "freq": 2.0])
        let sample = /[a-z_]+(\{([a-z_]+="([^"\\\n]|\\["\\n])*",?)+\})? (NaN|[+-]?Inf|-?[0-9.e+-]+)/
        for line in try await lines(fixture) where !line.hasPrefix("# ") {
            #expect(line.wholeMatch(of: sample) != nil, "\(line)")
        }
    }

    @Test("The number of series is bounded and said")
    func bounded() async throws {
        let fixture = APIFixture(options: FlowerAPIOptions(seriesLimit: 20))
        for index in 0..<50 { try fixture.event("task-received", ["uuid": "\(index)", "name": "t\(index)"]) }
        let lines = try await lines(fixture)
        #expect(lines.count { !$0.hasPrefix("#") } <= 22)
        #expect(lines.contains(#"calyx_series{shown="true"} 20.0"#))
    }
}
