import CeleryProtocol
import ClusterState
import FlowerAPI
import Foundation
import Testing

@Suite struct OddEventsTests {
    @Test("No odd event breaks an answer: all stay strict JSON and whole metrics")
    func answers() async throws {
        let fixture = APIFixture(now: 1_795_344_413)
        let events = try Captures.oddEvents()
        #expect(events.count > 50)
        for event in events {
            fixture.cluster.receive(at: 1_795_344_413) { take in event.payload.withUnsafeBytes { take($0) } }
        }
        for path in ["/api/tasks", "/api/workers", "/api/task/types"] {
            try strict(await fixture.ask(path).wholeBody())
        }
        try strict(try await fixture.ask("/workers", ["json": "1"]).body)
        for id in try await fixture.json("/api/tasks").keys {
            try strict(try await fixture.ask("/api/task/info", ["id": id]).body)
        }
        let table = try await fixture.ask(
            "/tasks/datatable", ["draw": "1", "start": "0", "length": "500", "order[0][column]": "0"])
        try strict(table.body)
        let sample = /[a-z_]+(\{([a-z_]+="([^"\\\n]|\\["\\n])*",?)+\})? (NaN|[+-]?Inf|-?[0-9.e+-]+)/
        for line in try await fixture.ask("/metrics").text.split(separator: "\n") where !line.hasPrefix("# ") {
            #expect(line.wholeMatch(of: sample) != nil, "\(line)")
        }
    }

    @Test("Times are true UTC whatever zone a worker or publisher is in", arguments: [-9, 0, 5.5])
    func zones(offset: Double) async throws {
        let fixture = APIFixture()
        try fixture.event(
            "task-received", ["uuid": "t", "name": "n", "args": "()", "kwargs": "{}", "utcoffset": offset], at: 990.5)
        let task = try await fixture.json("/api/task/info/t")
        #expect(task["received"] == .double(990.5) && task["timestamp"] == .double(990.5))
    }

    /// Foundation's parser takes neither NaN nor raw control characters.
    private func strict(_ body: [UInt8]) throws {
        #expect(body.allSatisfy { $0 < 0x80 })
        _ = try JSONSerialization.jsonObject(with: Data(body))
    }
}
