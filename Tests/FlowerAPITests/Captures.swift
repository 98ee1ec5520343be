import CeleryProtocol
import ClusterState
import Foundation
import Testing

/// Recorded answers of Flower 2.2 and recorded events.
enum Captures {
    private static var folder: URL { Bundle.module.resourceURL?.appending(path: "Captures") ?? URL(filePath: "/") }

    static var names: [String] { (try? FileManager.default.contentsOfDirectory(atPath: folder.path)) ?? [] }

    static func bytes(_ name: String) throws -> [UInt8] {
        var bytes = Array(try Data(contentsOf: folder.appending(path: name)))
        while bytes.last == UInt8(ascii: "\n") { bytes.removeLast() }
        return bytes
    }

    static func value(_ name: String) throws -> JSONValue { try JSONValue(parsing: try bytes(name)) }

    /// Payloads that real and malicious publishers sent, each odd in its own way.
    static func oddEvents() throws -> [(name: String, payload: [UInt8])] {
        try bytes("events-odd.ndjson").split(separator: UInt8(ascii: "\n")).map { line in
            let record = try JSONSerialization.jsonObject(with: Data(line)) as? [String: Any]
            let name = record?["case"] as? String ?? ""
            if let text = record?["payload"] as? String { return (name, Array(text.utf8)) }
            let coded = try #require(record?["payload_b64"] as? String)
            return (name, Array(try #require(Data(base64Encoded: coded))))
        }
    }

    /// The recorded pub/sub payloads of events with the time each came, in order.
    static func events() throws -> [(time: Double, payload: [UInt8])] {
        try bytes("events-small.ndjson").split(separator: UInt8(ascii: "\n")).compactMap { line in
            let record = try JSONValue(parsing: Array(line))
            guard record["channel"]?.text?.hasPrefix("/0.celeryev/") == true, let payload = record["payload"]?.text,
                let time = record["t"]?.number
            else { return nil }
            return (time, Array(payload.utf8))
        }
    }
}

extension JSONValue {
    var members: [(key: String, value: JSONValue)] {
        guard case .object(let members) = self else { return [] }
        return members
    }
    var keys: [String] { members.map(\.key) }
    var elements: [JSONValue] {
        guard case .array(let elements) = self else { return [] }
        return elements
    }
    var text: String? {
        guard case .string(let text) = self else { return nil }
        return text
    }
    var flag: Bool? {
        guard case .bool(let flag) = self else { return nil }
        return flag
    }
    var integer: Int64? {
        guard case .int(let integer) = self else { return nil }
        return integer
    }
    /// Only of a value with a decimal point.
    var number: Double? {
        guard case .double(let number) = self else { return nil }
        return number
    }
    var isObject: Bool {
        guard case .object = self else { return false }
        return true
    }
    var isArray: Bool {
        guard case .array = self else { return false }
        return true
    }
}

extension TaskSnapshot {
    /// The task that Flower showed as `captured`.
    init(captured: JSONValue) throws {
        self.init(
            uuid: try #require(captured["uuid"]?.text), state: TaskState(name: try #require(captured["state"]?.text)))
        name = captured["name"]?.text
        received = captured["received"]?.number
        sent = captured["sent"]?.number
        started = captured["started"]?.number
        rejected = captured["rejected"]?.number
        succeeded = captured["succeeded"]?.number
        failed = captured["failed"]?.number
        retried = captured["retried"]?.number
        revoked = captured["revoked"]?.number
        args = captured["args"]?.text
        kwargs = captured["kwargs"]?.text
        eta = captured["eta"]?.text
        expires = captured["expires"]?.text
        retries = captured["retries"]?.integer.map { Int($0) }
        worker = captured["worker"]?.text
        result = captured["result"]?.text
        exception = captured["exception"]?.text
        timestamp = captured["timestamp"]?.number
        runtime = captured["runtime"]?.number
        traceback = captured["traceback"]?.text
        exchange = captured["exchange"]?.text
        routingKey = captured["routing_key"]?.text
        clock = captured["clock"]?.integer
        client = captured["client"]?.text
        rootID = captured["root_id"]?.text
        parentID = captured["parent_id"]?.text
        children = captured["children"]?.elements.compactMap(\.text) ?? []
    }
}

extension WorkerSnapshot {
    /// The worker that Flower showed as the row `captured`.
    init(captured: JSONValue) throws {
        self.init(hostname: try #require(captured["hostname"]?.text))
        pid = captured["pid"]?.integer
        frequency = try #require(captured["freq"]?.number)
        heartbeats = captured["heartbeats"]?.elements.compactMap(\.number) ?? []
        clock = captured["clock"]?.integer
        active = captured["active"]?.integer
        processed = captured["processed"]?.integer
        loadAverage = captured["loadavg"]?.elements.compactMap(\.number)
        softwareIdentity = captured["sw_ident"]?.text
        softwareVersion = captured["sw_ver"]?.text
        softwareSystem = captured["sw_sys"]?.text
        isAlive = captured["status"]?.flag ?? false
        for (key, value) in captured.members where key.hasPrefix("worker-") || key.hasPrefix("task-") {
            eventCounts[key] = value.integer.map { UInt64($0) }
        }
    }
}
