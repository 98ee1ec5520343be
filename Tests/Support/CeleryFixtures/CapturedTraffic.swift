import Foundation

/// What real Celery workers, and a few hostile hands, published: `Tests/Fixtures/Celery`.
package enum CapturedTraffic {
    /// One message as Redis delivered it.
    package struct Message: Sendable {
        package var channel: String
        package var payload: [UInt8]
        /// Local receive time, unix seconds; 0 where it was not kept.
        package var time: Double
        package var isEvent: Bool { channel.contains("celeryev") || channel.contains("fleetev") }
    }

    /// A hard case of `events-odd.ndjson`.
    package struct OddCase: Sendable, CustomStringConvertible {
        package var name: String
        package var isSynthetic: Bool
        package var message: Message
        package var description: String { name }
    }

    /// One whole run of the demo application, in order of arrival.
    package static let small: [Message] = lines(of: "events-small.ndjson").map(message)

    package static let odd: [OddCase] = lines(of: "events-odd.ndjson").map { line in
        OddCase(
            name: line["case"] as? String ?? "", isSynthetic: line["synthetic"] as? Bool ?? false,
            message: message(line))
    }

    /// One event in every way that kombu compresses, and in some that break: `events-compressed.ndjson`.
    package struct CompressedCase: Sendable, CustomStringConvertible {
        package var name: String
        package var payload: [UInt8]
        /// How many events it gives.
        package var events: Int
        /// Why it gives none, as a metric label.
        package var problem: String?
        package var description: String { name }
    }

    package static let compressed: [CompressedCase] = lines(of: "events-compressed.ndjson").map { line in
        CompressedCase(
            name: line["case"] as? String ?? "", payload: message(line).payload, events: line["events"] as? Int ?? -1,
            problem: line["problem"] as? String)
    }

    /// The names of the runs under other broker settings.
    package static let variantNames = [
        "baseline", "body_encoding_utf8", "bzip2", "custom_exchanges", "fanout_patterns_false", "fanout_prefix_false",
        "fanout_prefix_string", "gevent", "global_keyprefix", "gzip", "msgpack", "msgpack_only", "pickle", "protocol1",
        "sep_and_steps", "yaml",
    ]

    package static func variant(_ name: String) -> [Message] {
        let object = json("variants/\(name).json") as? [String: Any]
        return (object?["pubsub"] as? [[String: Any]] ?? []).map(message)
    }

    /// What Celery's own State makes of `small`.
    package struct Summary: Sendable, Decodable {
        package struct Task: Sendable, Decodable {
            package var state: String
            package var name: String?
            package var worker: String?
            package var exception: String?
            package var rootID: String?
            package var parentID: String?
            package var retries: Int?
            package var events: [String]

            private enum CodingKeys: String, CodingKey {
                case state = "celery_state"
                case name, worker, exception, retries
                case rootID = "root_id"
                case parentID = "parent_id"
                case events = "events_in_arrival_order"
            }
        }

        package var eventTypes: [String: Int] = [:]
        package var stateCounts: [String: Int] = [:]
        package var tasks: [String: Task] = [:]

        private enum CodingKeys: String, CodingKey {
            case eventTypes = "event_types"
            case stateCounts = "state_counts_by_celery_State"
            case tasks
        }
    }

    package static func smallSummary() throws -> Summary {
        try JSONDecoder().decode(Summary.self, from: contents("events-small.summary.json"))
    }

    private static let folder = URL(filePath: #filePath)
        .deletingLastPathComponent().deletingLastPathComponent().deletingLastPathComponent()
        .appending(path: "Fixtures/Celery")

    private static func contents(_ name: String) -> Data {
        (try? Data(contentsOf: folder.appending(path: name))) ?? Data()
    }

    private static func json(_ name: String) -> Any? {
        try? JSONSerialization.jsonObject(with: contents(name))
    }

    private static func lines(of name: String) -> [[String: Any]] {
        contents(name).split(separator: UInt8(ascii: "\n")).compactMap {
            try? JSONSerialization.jsonObject(with: Data($0)) as? [String: Any]
        }
    }

    private static func message(_ line: [String: Any]) -> Message {
        let encoded = (line["payload_b64"] as? String).flatMap { Data(base64Encoded: $0) }
        return Message(
            channel: line["channel"] as? String ?? "",
            payload: encoded.map { Array($0) } ?? Array((line["payload"] as? String ?? "").utf8),
            time: line["t"] as? Double ?? 0)
    }
}
