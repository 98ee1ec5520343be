import CEventJSON
import CeleryFixtures
import CeleryProtocol
import Testing

@Suite("Reading events from envelopes")
struct EventDecoderTests {
    /// What a payload gave: the types of its events, and what was lost.
    private func decode(_ payload: [UInt8]) -> (types: [String], problems: [EventProblem]) {
        var decoder = EventDecoder()
        return decode(payload, &decoder)
    }

    private func decode(_ payload: [UInt8], _ decoder: inout EventDecoder) -> (
        types: [String], problems: [EventProblem]
    ) {
        var types: [String] = []
        var problems: [EventProblem] = []
        payload.withUnsafeBytes { bytes in
            if let problem = decoder.begin(bytes) { problems.append(problem) }
            while let item = decoder.next() {
                switch item {
                case .event(let event): types.append(event.fields.pointee.type.string ?? "?")
                case .problem(let problem): problems.append(problem)
                }
            }
        }
        return (types, problems)
    }

    private func first<T>(_ body: String, _ read: (CeleryEvent) -> T) throws -> T {
        var decoder = EventDecoder()
        let payload = Envelope.wrap(body)
        let result: T? = payload.withUnsafeBytes { bytes in
            guard decoder.begin(bytes) == nil, case .event(let event)? = decoder.next() else { return nil }
            return read(event)
        }
        return try #require(result)
    }

    @Test("Every event of a captured run is read, each of its type")
    func capturedRun() throws {
        var decoder = EventDecoder()
        var counts: [String: Int] = [:]
        for message in CapturedTraffic.small where message.isEvent {
            let (types, problems) = decode(message.payload, &decoder)
            #expect(problems.isEmpty)
            for type in types { counts[type, default: 0] += 1 }
        }
        #expect(counts == (try CapturedTraffic.smallSummary().eventTypes))
    }

    @Test("An observed odd message loses no event", arguments: CapturedTraffic.odd.filter { !$0.isSynthetic })
    func observedOddities(odd: CapturedTraffic.OddCase) {
        let (types, problems) = decode(odd.message.payload)
        if odd.message.isEvent {
            #expect(!types.isEmpty)
            #expect(problems.isEmpty)
        } else {
            #expect(types.isEmpty)
        }
    }

    private static let malformed: [(name: String, events: Int, problems: [EventProblem])] = [
        ("envelope is not JSON", 0, [EventProblem.envelope]),
        ("envelope is not UTF-8", 0, [.envelope]),
        ("envelope is a JSON array", 0, [.envelope]),
        ("envelope is an empty object", 0, [.envelope]),
        ("empty payload", 0, [.envelope]),
        ("body is not base64", 0, [.bodyEncoding]),
        ("body is base64 of broken JSON", 0, [.json]),
        ("body is base64 of non-UTF-8", 0, [.notAnObject]),
        ("body is a number", 0, [.notAnObject]),
        ("body is null", 0, [.notAnObject]),
        ("empty batch", 0, []),
        ("batch with a non-object member", 1, [.notAnObject, .notAnObject, .notAnObject]),
        ("body_encoding utf-8", 1, []),
        ("body_encoding missing: body is plain text", 1, []),
        ("unknown content type", 0, [.pickle]),
        ("no type", 0, [.noType]),
        ("no uuid", 1, []),
        ("no hostname", 1, []),
        ("clock is a string", 1, []),
        ("clock is huge", 1, []),
        ("timestamp is an integer", 1, []),
        ("timestamp missing", 1, []),
        ("signum is text", 1, []),
        ("parent cycle a->b", 2, []),
        ("hostname empty", 1, []),
        ("channel without routing key (fanout_patterns off)", 1, []),
        ("very old worker without sw_* and load", 1, []),
        ("foreign message on the channel", 0, [.envelope]),
        ("no clock (blind event)", 1, []),
        ("clock null", 1, []),
        ("clock jumps back to 1 (worker restarted)", 1, []),
        ("timestamp one hour in the future", 1, []),
        ("runtime null (worker lost after success was stored)", 1, []),
        ("task-cancelled (connection loss)", 1, []),
        ("parent_id equals uuid (retry or replace)", 1, []),
        ("result before received", 3, []),
        ("duplicate delivery 1/2", 1, []),
        ("duplicate delivery 2/2", 1, []),
        ("hostname without @", 1, []),
        ("hostname with unicode and spaces", 1, []),
    ]

    @Test("A malformed or unusual message gives exactly what it can", arguments: malformed)
    func syntheticOddities(name: String, events: Int, problems: [EventProblem]) throws {
        let odd = try #require(CapturedTraffic.odd.first { $0.name == name })
        let result = decode(odd.message.payload)
        #expect(result.types.count == events)
        #expect(result.problems == problems)
    }

    @Test("No hard case is left out")
    func allOddities() {
        let known = Self.malformed.map(\.name).sorted()
        #expect(known == CapturedTraffic.odd.filter(\.isSynthetic).map(\.name).sorted())
        #expect(CapturedTraffic.odd.count == 56)
    }

    @Test("Events are read under every broker setting but two serializers", arguments: CapturedTraffic.variantNames)
    func variants(name: String) {
        let refusal: [String: EventProblem] = ["pickle": .pickle, "yaml": .yaml]
        var decoder = EventDecoder()
        var count = 0
        for message in CapturedTraffic.variant(name) where message.isEvent {
            let (types, problems) = decode(message.payload, &decoder)
            count += types.count
            #expect(problems == (refusal[name].map { [$0] } ?? []))
        }
        #expect(refusal[name] == nil ? count > 20 : count == 0)
    }

    @Test("Compressed bodies are unpacked, within bounds", arguments: CapturedTraffic.compressed)
    func compression(item: CapturedTraffic.CompressedCase) {
        let (types, problems) = decode(item.payload)
        #expect(types == Array(["task-started", "task-succeeded"].prefix(item.events)))
        #expect(problems.map(\.rawValue) == (item.problem.map { [$0] } ?? []))
    }

    @Test(
        "The envelope's words count, not how they are escaped",
        arguments: [
            (#"application\/json"#, nil), (#"application\u002fjson"#, nil), ("application/json", nil),
            (#"application\/x-yaml"#, EventProblem.yaml), (#"application\/x-python-serialize"#, .pickle),
            ("text/plain", .contentType), ("application/json; charset=utf-8", .contentType), ("", .contentType),
            (String(repeating: "x", count: 5000), .contentType),
        ] as [(String, EventProblem?)])
    func contentTypes(written: String, problem: EventProblem?) {
        let payload = Envelope.wrap(Array(#"{"type": "task-started"}"#.utf8), contentType: written)
        let result = decode(payload)
        #expect(result.problems == (problem.map { [$0] } ?? []))
        #expect(result.types == (problem == nil ? ["task-started"] : []))
    }

    @Test("A member that is named later wins, whatever it was before")
    func repeatedMembers() throws {
        let body = #"{"clock": 1, "name": "a", "clock": "x", "name": null, "pid": "x", "pid": 4, "type": "task-sent"}"#
        try first(body) { event in
            #expect(event.clock == nil)
            #expect(!event.fields.pointee.name.isPresent)
            #expect(event.pid == 4)
        }
    }

    @Test("What could be read of a body is there to be shown")
    func bodies() {
        var decoder = EventDecoder()
        func body(_ payload: [UInt8]) -> String? {
            payload.withUnsafeBytes { bytes in
                _ = decoder.begin(bytes)
                return decoder.body.map { String(decoding: $0, as: UTF8.self) }
            }
        }
        #expect(body(Envelope.wrap("{nonsense")) == "{nonsense")
        #expect(body(Envelope.wrap("[1]")) == "[1]")
        #expect(body(Array("no envelope".utf8)) == nil)
        #expect(body(Envelope.wrap([0x80], contentType: "application/x-python-serialize")) == nil)
    }

    @Test("A field that cannot be read is absent, is counted, and takes nothing else with it")
    func unreadableFields() throws {
        let body = """
            {"uuid": "u", "clock": 1180591620717411303424, "runtime": NaN, "timestamp": -Infinity, "freq": "2", \
            "retries": 1.5, "pid": true, "active": [], "loadavg": [1, 2], "terminated": 1, "name": 5, \
            "args": [1, "x"], "kwargs": {"a": NaN}, "result": "a\\ud800b", "type": "task-succeeded"}
            """
        try first(body) { event in
            #expect(event.kind == .taskSucceeded)
            #expect(event.clock == nil)
            #expect(event.runtime == nil)
            #expect(event.timestamp == nil)
            #expect(event.frequency == nil)
            #expect(event.retries == nil)
            #expect(event.pid == nil)
            #expect(event.active == nil)
            #expect(event.loadAverage == nil)
            #expect(event.isTerminated == nil)
            #expect(event.fields.pointee.name.string == "5")
            #expect(event.fields.pointee.args.string == "[1, \"x\"]")
            #expect(event.fields.pointee.kwargs.string == "{\"a\": NaN}")
            #expect(event.fields.pointee.result.string == "a\u{FFFD}b")
            #expect(event.unreadableFields == 13)
        }
    }

    @Test("Escapes become the characters they stand for")
    func escapes() throws {
        let body = #"{"type": "task-sent", "args": "\"\\\/\b\f\n\r\t\u0000\u00e9\ud83d\ude00é\u00ff", "uuid": ""}"#
        try first(body) { event in
            #expect(event.fields.pointee.args.string == "\"\\/\u{08}\u{0C}\n\r\t\0é😀éÿ")
            #expect(event.fields.pointee.uuid.string == "")
            #expect(event.unreadableFields == 0)
        }
    }

    @Test("Bytes that are not UTF-8 and control characters are replaced, and the event lives")
    func damagedText() throws {
        var body = Array(#"[{"type": "task-failed", "exception": "a?b"}, {"type": "task-started"}]"#.utf8)
        let place = try #require(body.firstIndex(of: UInt8(ascii: "?")))
        body[place] = 0xFF
        #expect(decode(Envelope.wrap(body)).types == ["task-failed", "task-started"])
        body[place] = 0x01
        #expect(decode(Envelope.wrap(body)).types == ["task-failed", "task-started"])
    }

    @Test("A batch that breaks off keeps the events before the break")
    func brokenBatch() {
        let body = #"[{"type": "task-sent"}, {"type": "task-received" "oops"}, {"type": "task-started"}]"#
        let (types, problems) = decode(Envelope.wrap(body))
        #expect(types == ["task-sent"])
        #expect(problems == [.json])
    }

    @Test(
        "The type decides the kind",
        arguments: [
            ("task-sent", EventKind.taskSent), ("task-received", .taskReceived), ("task-started", .taskStarted),
            ("task-succeeded", .taskSucceeded), ("task-failed", .taskFailed), ("task-retried", .taskRetried),
            ("task-revoked", .taskRevoked), ("task-rejected", .taskRejected), ("task-progress", .taskCustom),
            ("task-", .taskCustom), ("worker-online", .workerOnline), ("worker-heartbeat", .workerHeartbeat),
            ("worker-offline", .workerOffline), ("worker-elect", .workerCustom), ("noDashEvent", .custom),
            ("billing-invoice-paid", .custom), ("task", .custom),
        ])
    func kinds(type: String, kind: EventKind) throws {
        #expect(try first(#"{"type": "\#(type)"}"#) { $0.kind } == kind)
        if let name = kind.typeName { #expect(name == type) }
    }

    @Test("A payload beyond the bound is refused, a long text within it is read")
    func sizes() throws {
        let long = String(repeating: "x", count: 3 << 20)
        let body = #"{"type": "task-failed", "traceback": "\#(long)\n"}"#
        #expect(try first(body) { $0.fields.pointee.traceback.length } == UInt32(long.utf8.count + 1))
        let oversized = [UInt8](repeating: UInt8(ascii: "{"), count: EventDecoder.largestPayload + 1)
        #expect(decode(oversized).problems == [.oversized])
    }

    @Test("Deep nesting is skipped over, however deep")
    func nesting() {
        let deep = String(repeating: "[", count: 50_000) + String(repeating: "]", count: 50_000)
        let body = #"{"x": \#(deep), "type": "task-started", "uuid": "u"}"#
        #expect(decode(Envelope.wrap(body)).types == ["task-started"])
        #expect(decode(Envelope.wrap(#"{"args": \#(deep), "type": "task-started"}"#)).types.count <= 1)
        #expect(decode(Envelope.wrap(String(repeating: "[", count: 50_000))).types.isEmpty)
    }
}
