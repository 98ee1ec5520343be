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

    static func object(_ name: String) throws -> [String: Any] {
        try #require(try JSONSerialization.jsonObject(with: Data(try bytes(name))) as? [String: Any])
    }

    /// `keys` by where each first stands in `json` as a key.
    static func order(of keys: some Sequence<String>, in json: [UInt8]) throws -> [String] {
        let text = String(decoding: json, as: UTF8.self)
        return try keys.map { key in (try #require(text.range(of: "\"\(key)\": {")).lowerBound, key) }
            .sorted { $0.0 < $1.0 }.map(\.1)
    }

    /// The recorded pub/sub payloads of events with the time each came, in order.
    static func events() throws -> [(time: Double, payload: [UInt8])] {
        let text = String(decoding: try bytes("events-small.ndjson"), as: UTF8.self)
        return try text.split(separator: "\n").compactMap { line in
            let object = try JSONSerialization.jsonObject(with: Data(line.utf8)) as? [String: Any]
            guard let channel = object?["channel"] as? String, channel.hasPrefix("/0.celeryev/"),
                let payload = object?["payload"] as? String, let time = object?["t"] as? Double
            else { return nil }
            return (time, Array(payload.utf8))
        }
    }
}

extension TaskSnapshot {
    /// The task that Flower showed as `captured`.
    init(captured: [String: Any]) throws {
        func text(_ key: String) -> String? { captured[key] as? String }
        func time(_ key: String) -> Double? { (captured[key] as? NSNumber)?.doubleValue }
        self.init(uuid: try #require(text("uuid")), state: TaskState(name: try #require(text("state"))))
        name = text("name")
        received = time("received")
        sent = time("sent")
        started = time("started")
        rejected = time("rejected")
        succeeded = time("succeeded")
        failed = time("failed")
        retried = time("retried")
        revoked = time("revoked")
        args = text("args")
        kwargs = text("kwargs")
        eta = text("eta")
        expires = text("expires")
        retries = (captured["retries"] as? NSNumber)?.intValue
        worker = text("worker")
        result = text("result")
        exception = text("exception")
        timestamp = time("timestamp")
        runtime = time("runtime")
        traceback = text("traceback")
        exchange = text("exchange")
        routingKey = text("routing_key")
        clock = (captured["clock"] as? NSNumber)?.int64Value
        client = text("client")
        rootID = text("root_id")
        parentID = text("parent_id")
        children = captured["children"] as? [String] ?? []
    }
}

extension WorkerSnapshot {
    /// The worker that Flower showed as the row `captured`.
    init(captured: [String: Any]) throws {
        self.init(hostname: try #require(captured["hostname"] as? String))
        pid = (captured["pid"] as? NSNumber)?.int64Value
        frequency = try #require(captured["freq"] as? NSNumber).doubleValue
        heartbeats = try #require(captured["heartbeats"] as? [Double])
        clock = (captured["clock"] as? NSNumber)?.int64Value
        active = (captured["active"] as? NSNumber)?.int64Value
        processed = (captured["processed"] as? NSNumber)?.int64Value
        loadAverage = captured["loadavg"] as? [Double]
        softwareIdentity = captured["sw_ident"] as? String
        softwareVersion = captured["sw_ver"] as? String
        softwareSystem = captured["sw_sys"] as? String
        isAlive = try #require(captured["status"] as? Bool)
        for (key, value) in captured where key.hasPrefix("worker-") || key.hasPrefix("task-") {
            eventCounts[key] = (value as? NSNumber)?.uint64Value
        }
    }
}

extension Captures {
    /// The keys of the outermost object in `json`, in order.
    static func keys(ofObject json: [UInt8]) throws -> [String] {
        var keys: [String] = []
        var depth = 0
        var index = 0
        while index < json.count {
            switch json[index] {
            case UInt8(ascii: "{"), UInt8(ascii: "["): depth += 1
            case UInt8(ascii: "}"), UInt8(ascii: "]"): depth -= 1
            case UInt8(ascii: "\""):
                let start = index + 1
                index += 1
                while json[index] != UInt8(ascii: "\"") { index += json[index] == UInt8(ascii: "\\") ? 2 : 1 }
                if depth == 1, index + 1 < json.count, json[index + 1] == UInt8(ascii: ":") {
                    keys.append(String(decoding: json[start..<index], as: UTF8.self))
                }
            default: break
            }
            index += 1
        }
        return keys
    }
}
