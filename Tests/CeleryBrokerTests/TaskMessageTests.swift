import CeleryProtocol
import Foundation
import Testing

@testable import CeleryBroker

@Suite("Task messages") struct TaskMessageTests {
    /// A message as Celery's own client sent it, with the task that should become the same.
    struct Sent: Sendable, CustomTestStringConvertible {
        var file: String
        var task: OutgoingTask
        var testDescription: String { file }

        init(_ file: String, _ change: (inout OutgoingTask) -> Void = { _ in }) {
            self.file = file
            task = OutgoingTask(name: "demo.add", arguments: [.int(1), .int(2)])
            change(&task)
        }
    }

    static let sent: [Sent] = [
        Sent("plain") { $0.arguments = [.int(2), .int(3)] },
        Sent("kwargs") {
            $0.arguments = []
            $0.keywordArguments = [("x", .int(5)), ("y", .int(6))]
        },
        Sent("queue_option") { $0.queue = "prio" },
        Sent("queue_undeclared") { $0.queue = "brand-new" },
        Sent("time_limits") {
            $0.name = "demo.slow"
            $0.arguments = [.int(1)]
            $0.queue = "slow"
            ($0.timeLimit, $0.softTimeLimit) = (20, 10)
        },
        Sent("topic_exchange") {
            $0.name = "demo.media"
            $0.arguments = [.string("/a/b.mp4")]
            ($0.exchange, $0.routingKey) = ("media", "media.video.encode")
        },
        Sent("direct_exchange_explicit") { ($0.exchange, $0.routingKey) = ("prio", "prio") },
        Sent("shadow") { $0.shadow = "pretty name" },
        Sent("ignore_result") {
            $0.name = "demo.noop"
            $0.arguments = [.int(1)]
            $0.ignoresResult = true
        },
        Sent("retries_preset") { $0.retries = 2 },
        Sent("eta_utc"),
        Sent("expires_seconds"),
        Sent("priority_2") { $0.priority = 2 },
        Sent("priority_3") { $0.priority = 3 },
        Sent("priority_9") { $0.priority = 9 },
        Sent("priority_255") { $0.priority = 255 },
        Sent("unicode") {
            $0.name = "demo.echo"
            $0.arguments = [
                "\u{17e}lu\u{165}ou\u{10d}k\u{fd} k\u{16f}\u{148}", "\u{65e5}\u{672c}\u{8a9e}", "\u{1f984}",
            ]
            .map(JSONValue.string)
            $0.keywordArguments = [("name", .string("\u{3a9}"))]
        },
        Sent("headers_option") { $0.headers = [("tenant", .string("acme")), ("trace", .string("abc"))] },
    ]

    @Test("A task becomes the message that Celery's own client sends", arguments: sent)
    func sameAsCelery(_ sent: Sent) throws {
        let file = try #require(Bundle.module.url(forResource: "Messages/\(sent.file)", withExtension: "json"))
        let capture = try JSONValue(parsing: Array(Data(contentsOf: file)))
        guard case .array(let messages)? = capture["messages"], case .string(let text)? = messages.first?["payload"],
            case .string(let list)? = messages.first?["list_key"]
        else {
            Issue.record("the capture has no message")
            return
        }
        let original = try JSONValue(parsing: text)
        var task = sent.task
        task.id = original["headers"]?["id"]?.string
        let origin = try #require(original["headers"]?["origin"]?.string)
        var now = 1000.0
        if let eta = original["headers"]?["eta"]?.string { task.eta = CeleryTime.parse(eta) }
        if let expires = original["headers"]?["expires"]?.string {
            now = try #require(CeleryTime.parse(expires)) - 90
            task.expires = .after(90)
        }
        let message = try TaskMessage(task, now: now, origin: origin)
        let names = RedisNames(naming: CeleryNaming(), database: 0)
        let exchange: String
        let key: String
        switch TaskRoute(task, defaultQueue: "celery", declared: []) {
        case .queue(let queue):
            (exchange, key) = ("", queue)
            #expect(names.list(of: queue, priority: message.priority) == list)
        case .exchange(let name, let routingKey): (exchange, key) = (name, routingKey)
        case .fanout:
            Issue.record("no fanout exchange is declared")
            return
        }
        let tag = try #require(original["properties"]?["delivery_tag"]?.string)
        let payload = message.payload(exchange: exchange, routingKey: key, deliveryTag: tag)
        // Only `rpc://` has a reply queue.
        let expected = text.replacingOccurrences(
            of: #""reply_to": "[^"]*""#, with: #""reply_to": """#, options: .regularExpression)
        #expect(String(decoding: payload, as: UTF8.self) == expected)
    }

    typealias Change = @Sendable (inout OutgoingTask) -> Void

    static let refusals: [(String, Change)] = [
        ("task_id", { $0.id = "" }), ("task_id", { $0.id = String(repeating: "x", count: 2000) }),
        ("name", { $0.name = "" }), ("priority", { $0.priority = -1 }), ("priority", { $0.priority = 256 }),
        ("retries", { $0.retries = -1 }), ("args", { $0.arguments = [.array([.double(.nan)])] }),
        ("kwargs", { $0.keywordArguments = [("x", .double(.infinity))] }), ("eta", { $0.eta = 1e18 }),
        ("eta", { $0.eta = .nan }), ("countdown", { $0.countdown = .infinity }),
        (
            "countdown",
            {
                $0.eta = 1
                $0.countdown = 1
            }
        ), ("expires", { $0.expires = .after(.nan) }), ("expires", { $0.expires = .at(1e300) }),
        ("time_limit", { $0.timeLimit = 0 }), ("soft_time_limit", { $0.softTimeLimit = -1 }),
        ("headers has 'id'", { $0.headers = [("id", .null)] }),
        ("headers has 'timelimit'", { $0.headers = [("timelimit", .array([.int(1)]))] }),
        ("headers", { $0.headers = [("mine", .double(.nan))] }),
        ("twice", { $0.headers = [("mine", .null), ("mine", .null)] }),
        ("args and kwargs", { $0.arguments = [.string(String(repeating: "x", count: 9 << 20))] }),
    ]

    @Test("What would not make a message that workers can run is refused with the field's name", arguments: refusals)
    func refused(_ word: String, _ change: Change) throws {
        var task = OutgoingTask(name: "demo.add")
        change(&task)
        let error = #expect(throws: PublishError.self) { try TaskMessage(task, now: 1000, origin: "gen1@h") }
        guard case .invalid(let reason)? = error else {
            Issue.record("not refused as invalid: \(String(describing: error))")
            return
        }
        #expect(reason.contains(word), "\(reason)")
    }

    @Test("A task without an id gets one, and is its own root")
    func freshID() throws {
        let message = try TaskMessage(OutgoingTask(name: "demo.add"), now: 1000, origin: "gen1@h")
        let payload = try JSONValue(parsing: message.payload(exchange: "", routingKey: "celery", deliveryTag: "t"))
        #expect(UUID(uuidString: message.id) != nil)
        #expect(payload["headers"]?["id"] == .string(message.id))
        #expect(payload["headers"]?["root_id"] == .string(message.id))
        #expect(payload["properties"]?["correlation_id"] == .string(message.id))
    }

    @Test(
        "A topic binding takes the keys that kombu's pattern takes",
        arguments: [
            ("media.#", "media.video.encode", true), ("media.#", "media.", true), ("media.#", "media", false),
            ("#", "", true), ("*.log", "a.log", true), ("*.log", ".log", false), ("*.log", "a.b.log", true),
            ("a.*", "a.b.", false), ("a.*.c", "a.b.c", true), ("a.*.c", "a..c", false), ("a.#.c", "a..c", true),
        ])
    func topic(_ pattern: String, _ key: String, _ isTaken: Bool) throws {
        let member = "\(pattern)\u{6}\u{16}^any$\u{6}\u{16}q"
        #expect(try #require(BindingMatch(member: member, separator: "\u{6}\u{16}")).accepts(key) == isTaken)
    }

    @Test("Routes follow Celery's router")
    func routes() {
        func route(_ queue: String?, _ exchange: String?, _ key: String?) -> TaskRoute {
            let fanout = DeclaredQueue(
                name: "bcast.1", alias: "everyone", exchange: "all", exchangeType: "fanout", routingKey: "k")
            return TaskRoute(
                OutgoingTask(name: "t", queue: queue, exchange: exchange, routingKey: key), defaultQueue: "dflt",
                declared: [fanout])
        }
        #expect(route(nil, nil, nil) == .queue("dflt"))
        #expect(route(nil, nil, "k") == .queue("dflt"))
        #expect(route("q", nil, nil) == .queue("q"))
        #expect(route("q", "x", nil) == .queue("q"))
        #expect(route("q", "x", "k") == .exchange("x", routingKey: "k"))
        #expect(route(nil, "x", nil) == .exchange("x", routingKey: "dflt"))
        #expect(route(nil, "", "q2") == .queue("q2"))
        #expect(route("everyone", nil, nil) == .fanout("all", routingKey: "k"))
        #expect(route(nil, "all", "z") == .fanout("all", routingKey: "z"))
    }

    @Test(
        "Times are written and read as Celery does",
        arguments: [
            (0.0, "1970-01-01T00:00:00+00:00"), (1_795_344_419.5, "2026-11-22T10:46:59.500000+00:00"),
            (-1, "1969-12-31T23:59:59+00:00"), (951_782_400, "2000-02-29T00:00:00+00:00"),
        ])
    func times(_ time: Double, _ text: String) {
        #expect(CeleryTime.text(time) == text)
        #expect(CeleryTime.parse(text) == time)
    }

    @Test(
        "Times in other forms are read, and what is none is not",
        arguments: [
            ("2026-11-22", 1_795_305_600), ("2026-11-22 10:46:59.5", 1_795_344_419.5),
            ("2026-11-22T10:46Z", 1_795_344_360), ("2026-11-22T12:46:00+02:00", 1_795_344_360),
            ("2026-11-22T06:46:00-0400", 1_795_344_360), ("2026-02-29", nil), ("2026-13-01", nil), ("1795344419", nil),
            ("2026-11-22T10:46:59x", nil), ("2026-11-22T25:00:00", nil), ("", nil), ("2026-11-22T10:46:59+", nil),
        ] as [(String, Double?)])
    func otherTimes(_ text: String, _ time: Double?) { #expect(CeleryTime.parse(text) == time) }

    @Test(
        "Values are shown as Python shows them",
        arguments: [
            (.array([.null, .bool(true), .bool(false)]), "[None, True, False]"),
            (.object([("a", .double(1)), ("b", .string("it's"))]), "{'a': 1.0, 'b': \"it's\"}"),
            (.string("a'b\"c\\\n\u{0}\u{e9}\u{a0}"), "'a\\'b\"c\\\\\\n\\x00\u{e9}\\xa0'"),
            (.double(.nan), "nan"), (.bigInteger("12345678901234567890"), "12345678901234567890"),
        ] as [(JSONValue, String)])
    func literals(_ value: JSONValue, _ text: String) { #expect(PythonLiteral.text(value) == text) }
}

extension JSONValue {
    var string: String? {
        if case .string(let text) = self { text } else { nil }
    }
}
