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
    let control = ControlDouble()
    let publisher = PublisherDouble()
    let results = ResultsDouble()
    let api: FlowerAPI

    init(limits: ClusterLimits = ClusterLimits(), options: FlowerAPIOptions = FlowerAPIOptions(), now: Double = 1000) {
        cluster = Cluster(limits: limits, now: { now })
        api = FlowerAPI(
            cluster: cluster, broker: broker, control: control, publisher: publisher, results: results,
            options: options, now: { now })
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
        _ path: String, _ query: KeyValuePairs<String, String> = [:], method: String = "GET", form: String? = nil,
        json: String? = nil, as person: Principal = .admin
    ) async throws -> APIResponse {
        var request = request(path, query, method: method, json: json)
        request.principal = person
        if let form {
            request.contentType = "application/x-www-form-urlencoded; charset=UTF-8"
            request.body = Array(form.utf8)
        }
        return try #require(await api.respond(to: request), "\(path) is not an API path")
    }

    func request(
        _ path: String, _ query: KeyValuePairs<String, String> = [:], method: String = "POST", json: String?
    ) -> APIRequest {
        APIRequest(
            method: method, path: path, query: query.map { (name: $0.key, value: $0.value) },
            contentType: json.map { _ in "application/json" }, body: Array((json ?? "").utf8),
            principal: .admin)
    }

    func json(_ path: String, _ query: KeyValuePairs<String, String> = [:]) async throws -> JSONValue {
        let answer = try await ask(path, query)
        #expect(answer.status == 200)
        #expect(answer.contentType == "application/json; charset=UTF-8")
        return try JSONValue(parsing: await answer.wholeBody())
    }
}

extension Principal {
    static let admin = person(.admin)

    static func person(_ role: Role, tasks: [String] = [], queues: [String] = []) -> Principal {
        Principal(
            provider: "basic", subject: role.rawValue, name: role.rawValue, role: role,
            scope: try? Scope(tasks: tasks, queues: queues))
    }
}

extension APIResponse {
    func wholeBody() async -> [UInt8] {
        var bytes = body
        while let piece = await rest?.next() { bytes += piece }
        return bytes
    }

    /// Of an answer that is whole.
    var text: String { String(decoding: body, as: UTF8.self) }

    /// The sentence of a problem; nil when it is none.
    var detail: String? {
        get throws {
            guard contentType == APIResponse.problem else { return nil }
            let problem = try JSONValue(parsing: body)
            guard problem["status"] == .int(Int64(status)) else { return nil }
            return problem["detail"]?.text
        }
    }

    var audit: JSONValue? {
        get throws {
            guard let field = headers.first(where: { $0.0 == "Calyx-Audit" }) else { return nil }
            return try JSONValue(parsing: field.1)
        }
    }
}
