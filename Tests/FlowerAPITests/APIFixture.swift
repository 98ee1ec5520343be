import CeleryBroker
import CeleryProtocol
import ClusterState
import FlowerAPI
import Foundation
import Identity
import Testing

/// The API over a real cluster that has seen the events a test gives it.
struct APIFixture {
    let cluster: Cluster
    let broker = BrokerDouble()
    let api: FlowerAPI

    init(limits: ClusterLimits = ClusterLimits(), options: FlowerAPIOptions = FlowerAPIOptions(), now: Double = 1000) {
        cluster = Cluster(limits: limits, now: { now })
        api = FlowerAPI(cluster: cluster, broker: broker, options: options, now: { now })
    }

    /// The recorded run, at the time when its last event came.
    static func recorded() throws -> APIFixture {
        let events = try Captures.events()
        let fixture = APIFixture(now: try #require(events.last).time)
        for event in events {
            fixture.cluster.receive(at: event.time) { take in event.payload.withUnsafeBytes { take($0) } }
        }
        return fixture
    }

    /// One event as a worker publishes it.
    func event(_ type: String, _ fields: [String: Any], at time: Double = 1000) throws {
        var body: [String: Any] = [
            "type": type, "hostname": "w1@lab", "timestamp": time, "utcoffset": 0, "pid": 7, "clock": 1,
        ]
        body.merge(fields) { _, new in new }
        let envelope: [String: Any] = [
            "body": try JSONSerialization.data(withJSONObject: body, options: .withoutEscapingSlashes)
                .base64EncodedString(),
            "content-encoding": "utf-8", "content-type": "application/json", "headers": ["hostname": "w1@lab"],
            "properties": ["delivery_mode": 1, "body_encoding": "base64", "priority": 0],
        ]
        let payload = try JSONSerialization.data(withJSONObject: envelope, options: .withoutEscapingSlashes)
        cluster.receive(at: time) { take in payload.withUnsafeBytes { take($0) } }
    }

    func ask(
        _ path: String, _ query: KeyValuePairs<String, String> = [:], method: String = "GET", form: String? = nil
    ) async throws -> APIResponse {
        let request = APIRequest(
            method: method, path: path, query: query.map { (name: $0.key, value: $0.value) },
            contentType: form.map { _ in "application/x-www-form-urlencoded; charset=UTF-8" },
            body: Array((form ?? "").utf8),
            principal: Principal(provider: "basic", subject: "admin", name: "admin", role: .admin))
        return try #require(await api.respond(to: request), "\(path) is not an API path")
    }

    func json(_ path: String, _ query: KeyValuePairs<String, String> = [:]) async throws -> JSONValue {
        let answer = try await ask(path, query)
        #expect(answer.status == 200)
        #expect(answer.contentType == "application/json; charset=UTF-8")
        return try JSONValue(parsing: answer.wholeBody)
    }
}

extension APIResponse {
    var wholeBody: [UInt8] {
        var bytes = body
        while let piece = rest?.next() { bytes += piece }
        return bytes
    }

    var text: String { String(decoding: wholeBody, as: UTF8.self) }
}
