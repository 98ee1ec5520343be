import Foundation

/// How far a fuzz test goes: `make fuzz-ingest` sets both.
package enum FuzzPlan {
    package static let count = number("CALYX_FUZZ_COUNT")
    package static let seed = UInt64(number("CALYX_FUZZ_SEED") ?? 1)

    private static func number(_ name: String) -> Int? { ProcessInfo.processInfo.environment[name].flatMap { Int($0) } }
}

/// Payloads that real traffic turns into when everything goes wrong: damaged envelopes and bodies of every serializer and
/// compression, wrong types in every field, huge numbers, deep nesting, long texts.
package struct PayloadFuzzer {
    private var random: SeededRandom
    private let payloads: [[UInt8]]
    private let bodies: [[UInt8]]
    private let packed: [[UInt8]]
    private var produced = 0

    package init(seed: UInt64) {
        random = SeededRandom(seed: seed)
        let events = CapturedTraffic.small.filter(\.isEvent).map(\.payload)
        payloads = events + CapturedTraffic.odd.map(\.message.payload)
        bodies = payloads.compactMap { Envelope.body(of: $0) }
        packed =
            CapturedTraffic.variant("msgpack").filter(\.isEvent).map(\.payload)
            + CapturedTraffic.compressed.filter { !$0.name.contains("MiB") }.map(\.payload)
    }

    package mutating func next() -> [UInt8] {
        produced += 1
        // A few large ones: they take as long as thousands of others.
        if produced % 20_000 == 10_000 { return Envelope.wrap(event(text: 10 << 20)) }
        if produced % 500 == 0 { return Envelope.wrap(event(text: 64 << 10)) }
        switch Int.random(in: 0..<100, using: &random) {
        case ..<40: return mutated(payloads[index(of: payloads)])
        case ..<65: return Envelope.wrap(mutated(bodies[index(of: bodies)]))
        case ..<85: return Envelope.wrap(batch())
        case ..<92:
            // The body of a sound envelope is damaged before it is packed into base64, else hardly any would be read.
            let payload = packed[index(of: packed)]
            guard let body = Envelope.body(of: payload) else { return mutated(payload) }
            let type = chance(2) ? "application/x-msgpack" : "application/json"
            let compression = ["application/x-gzip", "application/x-bz2", nil][Int.random(in: 0..<3, using: &random)]
            return Envelope.wrap(mutated(body), contentType: type, compression: compression)
        case ..<97: return mutated(packed[index(of: packed)])
        default: return Envelope.wrap(nested())
        }
    }

    private mutating func chance(_ one: Int) -> Bool { Int.random(in: 0..<one, using: &random) == 0 }

    private mutating func index(of list: [[UInt8]]) -> Int { Int.random(in: list.indices, using: &random) }

    private mutating func mutated(_ bytes: [UInt8]) -> [UInt8] {
        var bytes = bytes
        Mutation.mutate(&bytes, using: &random)
        return bytes
    }

    private static let types = [
        "task-sent", "task-received", "task-started", "task-succeeded", "task-failed", "task-retried", "task-revoked",
        "task-rejected", "task-progress", "task-", "worker-online", "worker-heartbeat", "worker-offline",
        "worker-elect", "noDashEvent", "",
    ]
    private static let fields = [
        "hostname": "\"w1@host\"", "pid": "7", "clock": "12", "timestamp": "1795344419.5252616", "utcoffset": "0.0",
        "name": "\"demo.add\"", "args": "\"(2, 3)\"", "kwargs": "\"{}\"", "root_id": "\"r\"", "parent_id": "null",
        "retries": "0", "eta": "null", "expires": "null", "queue": "\"celery\"", "exchange": "\"\"",
        "routing_key": "\"celery\"", "result": "\"5\"", "runtime": "0.5", "exception": "\"E()\"",
        "traceback": "\"Traceback\\n\"", "terminated": "false", "signum": "15", "expired": "true", "requeue": "false",
        "freq": "2.0", "active": "1", "processed": "9", "loadavg": "[1.0, 2.0, 3.0]", "sw_ident": "\"py-celery\"",
        "sw_ver": "\"5.7.0\"", "sw_sys": "\"Linux\"",
    ].sorted { $0.key < $1.key }
    private static let odd = [
        "null", "true", "NaN", "-Infinity", "1e999", "-1", "0", "-0.0", "5e-324", "1180591620717411303424",
        "-9223372036854775808", "9223372036854775808", "253402300800", "\"\"", "\"x\"", "\"\\ud800\"", "\"\\u0000\"",
        "\"\\x\"", "[]", "{}", "[null]", "[[[[[[]]]]]]", "{\"a\": {\"b\": [1, \"]\"]}}", "[1, 2, 3]", "\"1\"",
        "{\"__type__\": \"datetime\", \"__value__\": \"2026\"}", "1.5", "\"\u{1f600}\"", "",
    ]

    /// One event with a few fields of odd types.
    private mutating func event(text: Int = 0) -> String {
        let type = Self.types[Int.random(in: Self.types.indices, using: &random)]
        var members = ["\"uuid\": \"task-\(Int.random(in: 0..<3000, using: &random))\""]
        for (name, value) in Self.fields where !chance(4) {
            let value = chance(8) ? Self.odd[Int.random(in: Self.odd.indices, using: &random)] : value
            members.append("\"\(name)\": \(value)")
        }
        if text > 0 {
            members.append("\"args\": \"\(String(repeating: chance(2) ? "x" : "\\u00e9", count: text / 6))\"")
        }
        if chance(10) { members.shuffle(using: &random) }
        return "{" + members.joined(separator: ", ") + ", \"type\": \"\(type)\"}"
    }

    private mutating func batch() -> String {
        guard chance(2) else { return event() }
        var events: [String] = []
        for _ in 0..<Int.random(in: 0..<6, using: &random) {
            events.append(chance(8) ? Self.odd[Int.random(in: Self.odd.indices, using: &random)] : event())
        }
        return "[" + events.joined(separator: ",") + "]"
    }

    private mutating func nested() -> String {
        let depth = Int.random(in: 1..<3000, using: &random)
        let open = chance(2) ? "[" : "{\"a\":"
        let close = open == "[" ? "]" : "}"
        let deep =
            String(repeating: open, count: depth) + "1" + (chance(3) ? "" : String(repeating: close, count: depth))
        return chance(4) ? deep : "{\"args\": \(deep), \"type\": \"task-sent\", \"uuid\": \"u\"}"
    }
}
