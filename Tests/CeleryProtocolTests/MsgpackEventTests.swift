import CEventJSON
import CeleryFixtures
import CeleryProtocol
import Testing

@Suite("Reading events from msgpack")
struct MsgpackEventTests {
    private static let contentType = "application/x-msgpack"

    /// What an event holds, in words that can be compared.
    private func words(_ event: CeleryEvent) -> [String] {
        let fields = event.fields.pointee
        let texts = [
            fields.type, fields.hostname, fields.uuid, fields.root_id, fields.parent_id, fields.name, fields.args,
            fields.kwargs, fields.result, fields.exception, fields.traceback, fields.eta, fields.expires, fields.queue,
            fields.exchange, fields.routing_key, fields.signum, fields.sw_ident, fields.sw_ver, fields.sw_sys,
        ]
        return texts.map { $0.string ?? "state \($0.state.rawValue)" } + [
            "\(event.kind)", "\(String(describing: event.timestamp))", "\(String(describing: event.runtime))",
            "\(String(describing: event.frequency))", "\(String(describing: event.pid))",
            "\(String(describing: event.clock))", "\(String(describing: event.retries))",
            "\(String(describing: event.active))", "\(String(describing: event.processed))",
            "\(String(describing: event.isTerminated))", "\(String(describing: event.isExpired))",
            "\(String(describing: event.isRequeued))", "\(String(describing: event.loadAverage))",
            "\(event.unreadableFields)",
        ]
    }

    private func decode(_ payload: [UInt8]) -> (events: [[String]], problems: [EventProblem]) {
        var decoder = EventDecoder()
        var events: [[String]] = []
        var problems: [EventProblem] = []
        payload.withUnsafeBytes { bytes in
            if let problem = decoder.begin(bytes) { problems.append(problem) }
            while let item = decoder.next() {
                switch item {
                case .event(let event): events.append(words(event))
                case .problem(let problem): problems.append(problem)
                }
            }
        }
        return (events, problems)
    }

    private func decode(_ write: (inout Msgpack) -> Void) -> (events: [[String]], problems: [EventProblem]) {
        var msgpack = Msgpack()
        write(&msgpack)
        return decode(Envelope.wrap(msgpack.bytes, contentType: Self.contentType))
    }

    /// The first event, handed on while it lives.
    private func first<T>(_ write: (inout Msgpack) -> Void, _ read: (CeleryEvent) -> T) throws -> T {
        var msgpack = Msgpack()
        write(&msgpack)
        var decoder = EventDecoder()
        let result: T? = Envelope.wrap(msgpack.bytes, contentType: Self.contentType).withUnsafeBytes { bytes in
            guard decoder.begin(bytes) == nil, case .event(let event)? = decoder.next() else { return nil }
            return read(event)
        }
        return try #require(result)
    }

    @Test("Every captured event is the same in msgpack as in JSON")
    func sameAsJSON() throws {
        var compared = 0
        for message in CapturedTraffic.small where message.isEvent {
            let body = try #require(Envelope.body(of: message.payload))
            var msgpack = Msgpack()
            msgpack.write(try JSONValue(parsing: body))
            let packed = decode(Envelope.wrap(msgpack.bytes, contentType: Self.contentType))
            let plain = decode(message.payload)
            #expect(packed.events == plain.events)
            #expect(packed.problems.isEmpty)
            compared += packed.events.count
        }
        #expect(compared == 959)
    }

    @Test("A field of a wrong type is null or its number, is counted, and takes nothing else with it")
    func wrongTypes() throws {
        try first { msgpack in
            msgpack.map(20)
            msgpack.string("clock")
            msgpack.unsigned(.max)
            msgpack.string("pid")
            msgpack.double(1.5)
            msgpack.string("timestamp")
            msgpack.double(.nan)
            msgpack.string("runtime")
            msgpack.float(0.5)
            msgpack.string("freq")
            msgpack.int(2)
            msgpack.string("name")
            msgpack.int(-5)
            msgpack.string("args")
            msgpack.array(2)
            msgpack.map(1)
            msgpack.int(1)
            msgpack.null()
            msgpack.string("x")
            msgpack.string("kwargs")
            msgpack.map(0)
            msgpack.string("result")
            msgpack.binary([1, 2, 3])
            msgpack.string("exception")
            msgpack.fixedExtension(1, [1, 2, 3, 4])
            msgpack.string("traceback")
            msgpack.longExtension(2, Array(repeating: 7, count: 300))
            msgpack.string("queue")
            msgpack.bool(true)
            msgpack.string("loadavg")
            msgpack.array(3)
            msgpack.int(1)
            msgpack.string("2")
            msgpack.int(3)
            msgpack.string("terminated")
            msgpack.int(1)
            msgpack.string("signum")
            msgpack.int(15)
            // Keys that are no members: numbers, containers, long texts.
            msgpack.int(4)
            msgpack.int(5)
            msgpack.array(1)
            msgpack.array(0)
            msgpack.null()
            msgpack.string(String(repeating: "type", count: 100))
            msgpack.null()
            msgpack.string("routing_key")
            msgpack.string(bytes: [0x61, 0xFF, 0x62])
            msgpack.string("type")
            msgpack.string("task-revoked")
        } _: { event in
            let fields = event.fields.pointee
            #expect(event.kind == .taskRevoked)
            #expect(event.clock == nil)
            #expect(event.pid == nil)
            #expect(event.timestamp == nil)
            #expect(event.runtime == 0.5)
            #expect(event.frequency == 2)
            #expect(fields.name.string == "-5")
            for text in [fields.args, fields.kwargs, fields.result, fields.exception, fields.traceback] {
                #expect(text.state == CALYX_TEXT_NULL)
            }
            #expect(fields.queue.string == "true")
            #expect(event.loadAverage == nil)
            #expect(event.isTerminated == nil)
            #expect(fields.signum.string == "15")
            #expect(fields.routing_key.string == "a?b")
            #expect(event.unreadableFields == 13)
        }
    }

    @Test("A batch loses its odd members and nothing else")
    func batches() {
        let result = decode { msgpack in
            msgpack.array(5)
            msgpack.int(1)
            event("task-sent", to: &msgpack)
            msgpack.array(1)
            msgpack.map(1)
            msgpack.string("type")
            msgpack.null()
            msgpack.map(0)
            event("task-started", to: &msgpack)
        }
        #expect(result.events.map(\.first) == ["task-sent", "task-started"])
        #expect(result.problems == [.notAnObject, .notAnObject, .noType])
    }

    @Test("What breaks off keeps what came before")
    func broken() {
        var whole = Msgpack()
        whole.array(2)
        event("task-sent", to: &whole)
        event("task-started", to: &whole)
        for length in 0..<whole.bytes.count {
            let payload = Envelope.wrap(Array(whole.bytes.prefix(length)), contentType: Self.contentType)
            let result = decode(payload)
            #expect(result.problems == [.msgpack])
            #expect(result.events.count <= 1)
        }
        #expect(decode(Envelope.wrap(whole.bytes, contentType: Self.contentType)).events.count == 2)
    }

    @Test(
        "Claims beyond what is there are refused at once",
        arguments: [
            [0xDD, 0xFF, 0xFF, 0xFF, 0xFF], [0xDF, 0xFF, 0xFF, 0xFF, 0xFF], [0xDF, 0xFF, 0xFF, 0xFF, 0xFF, 0xA1, 0x61],
            [0x81, 0xA4, 0x74, 0x79, 0x70, 0x65, 0xDB, 0xFF, 0xFF, 0xFF, 0xFF],
            [0x81, 0xA1, 0x61, 0xDD, 0xFF, 0xFF, 0xFF, 0xFF], [0x81, 0xC1, 0xC0], [0x81, 0xC9, 0xFF, 0xFF, 0xFF, 0xFF],
        ] as [[UInt8]])
    func claims(bytes: [UInt8]) {
        let result = decode(Envelope.wrap(bytes, contentType: Self.contentType))
        #expect(result.events.isEmpty)
        #expect(result.problems == [.msgpack])
    }

    @Test("Neither depth nor breadth does harm")
    func nesting() {
        let depth = 1_000_000
        let result = decode { msgpack in
            msgpack.map(2)
            msgpack.string("args")
            msgpack.raw(Array(repeating: 0x91, count: depth))
            msgpack.null()
            msgpack.string("type")
            msgpack.string("task-sent")
        }
        #expect(result.events.map(\.first) == ["task-sent"])
    }

    @Test("A body that is no map and no array holds no event")
    func scalars() {
        #expect(decode { $0.int(1) }.problems == [.notAnObject])
        #expect(decode { $0.string("task-sent") }.problems == [.notAnObject])
        #expect(decode { $0.null() }.problems == [.notAnObject])
        #expect(decode { $0.array(0) }.problems.isEmpty)
    }

    private func event(_ type: String, to msgpack: inout Msgpack) {
        msgpack.map(1)
        msgpack.string("type")
        msgpack.string(type)
    }
}

extension Msgpack {
    fileprivate mutating func write(_ value: JSONValue) {
        switch value {
        case .null: null()
        case .bool(let flag): bool(flag)
        case .int(let number): int(number)
        case .bigInteger(let digits): string(digits)
        case .double(let number): double(number)
        case .string(let text): string(text)
        case .array(let elements):
            array(elements.count)
            for element in elements { write(element) }
        case .object(let members):
            map(members.count)
            for member in members {
                string(member.key)
                write(member.value)
            }
        }
    }
}
