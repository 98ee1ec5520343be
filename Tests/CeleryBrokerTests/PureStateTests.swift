import CeleryProtocol
import RedisClient
import Testing

@testable import CeleryBroker

@Suite("Names on the broker") struct RedisNamesTests {
    @Test("Every transport option changes the names as Celery does")
    func names() {
        let standard = RedisNames(naming: CeleryNaming(), database: 3)
        #expect(standard.eventPatterns == ["/3.celeryev/*", "/3.celeryev"])
        #expect(standard.controlChannel == "/3.celery.pidbox")
        #expect(standard.replyList(of: "x") == "x.reply.celery.pidbox")
        #expect(standard.bindingTable(of: standard.replyExchange) == "_kombu.binding.reply.celery.pidbox")
        #expect(standard.replyBinding(of: "x") == "x\u{6}\u{16}\u{6}\u{16}x.reply.celery.pidbox")
        #expect(
            standard.lists(of: "celery")
                == ["celery", "celery\u{6}\u{16}3", "celery\u{6}\u{16}6", "celery\u{6}\u{16}9"])

        let prefixed = RedisNames(naming: CeleryNaming(globalKeyPrefix: "proj1:"), database: 8)
        #expect(prefixed.eventPatterns == ["proj1:/8.celeryev/*", "proj1:/8.celeryev"])
        #expect(prefixed.replyList(of: "x") == "proj1:x.reply.celery.pidbox")
        #expect(prefixed.replyBinding(of: "x") == "x\u{6}\u{16}\u{6}\u{16}x.reply.celery.pidbox")
        #expect(prefixed.unacked == "proj1:unacked")

        let custom = RedisNames(
            naming: CeleryNaming(
                fanoutPrefix: .custom("/cu*stom."), separator: ":", prioritySteps: [0, 5], eventExchange: "fleetev",
                controlExchange: "fleet"), database: 0)
        #expect(custom.eventPatterns == ["/cu\\*stom.fleetev/*", "/cu\\*stom.fleetev"])
        #expect(custom.controlChannel == "/cu*stom.fleet.pidbox")
        #expect(custom.lists(of: "q") == ["q", "q:5"])

        let bare = RedisNames(naming: CeleryNaming(fanoutPrefix: .none), database: 4)
        #expect(bare.eventPatterns == ["celeryev/*", "celeryev"])
    }

    @Test(
        "Only task queues count as queues",
        arguments: [
            ("celery\u{6}\u{16}\u{6}\u{16}celery", "celery"),
            ("media.#\u{6}\u{16}^media\\..*?$\u{6}\u{16}media", "media"),
            ("\u{6}\u{16}\u{6}\u{16}w1@demo-a.example.celery.pidbox", nil as String?),
            ("worker.#\u{6}\u{16}\u{6}\u{16}celeryev.0c6c7a45-1b1c-4b2c-8d5b-2b8c8b0c6c7a", nil),
            ("celery\u{6}\u{16}\u{6}\u{16}bcast.0c6c7a45-1b1c-4b2c-8d5b-2b8c8b0c6c7a", nil),
            ("x\u{6}\u{16}\u{6}\u{16}0c6c7a45-1b1c-4b2c-8d5b-2b8c8b0c6c7a", nil),
            ("no separators", nil), ("", nil),
        ])
    func queues(member: String, queue: String?) {
        let discovery = QueueDiscovery(naming: CeleryNaming())
        #expect(discovery.queue(ofBinding: member) == queue)
    }

    @Test(
        "Exchanges of events, commands and replies hold no tasks",
        arguments: [
            ("celery", true), ("media", true), ("celery.pidbox", false), ("reply.celery.pidbox", false),
            ("celeryev", false), ("", false),
        ])
    func exchanges(name: String, isTask: Bool) {
        #expect(QueueDiscovery(naming: CeleryNaming()).isTaskExchange(name) == isTask)
    }
}

@Suite("When enough replies have come") struct ReplyCollectorTests {
    private func reply(_ worker: String) -> ControlReply {
        ControlReply(ticket: "t", answers: [ControlOutcome.Reply(worker: worker, value: .null)])
    }

    @Test("Named workers: when each has answered, and who is missing")
    func named() {
        var collector = ReplyCollector(destination: ["a", "b"], alive: ["a", "b", "c"])
        collector.published(to: 9)
        collector.take(reply("a"))
        #expect(collector.decision == .wait)
        #expect(collector.finished().missing == ["b"])
        collector.take(reply("b"))
        #expect(collector.decision == .complete)
        #expect(collector.finished().missing.isEmpty)
        #expect(collector.finished().receivers == 9)
    }

    @Test("Everybody: a moment after all known ones, at once when every receiver answered")
    func everybody() {
        var collector = ReplyCollector(destination: nil, alive: ["a"])
        collector.published(to: 2)
        #expect(collector.decision == .wait)
        collector.take(reply("a"))
        #expect(collector.decision == .waitBriefly)
        collector.take(reply("new"))
        #expect(collector.decision == .complete)
    }

    @Test("Nobody listens: nothing to wait for")
    func nobody() {
        var collector = ReplyCollector(destination: nil, alive: ["a"])
        #expect(collector.decision == .wait)
        collector.published(to: 0)
        #expect(collector.decision == .complete)
    }

    @Test("No known workers: until the time-out or all receivers")
    func unknown() {
        var collector = ReplyCollector(destination: nil, alive: [])
        collector.published(to: 3)
        collector.take(reply("a"))
        #expect(collector.decision == .wait)
    }
}

@Suite("Gaps in the events") struct GapTests {
    @Test("A gap opens once and closes with the subscription")
    func opensAndCloses() {
        var gaps = GapTracker()
        #expect(gaps.subscribed(at: 1) == nil)
        #expect(gaps.lost(since: 5, reason: .overrun) == EventGap(start: 5, reason: .overrun))
        #expect(gaps.lost(since: 6, reason: .disconnected) == nil)
        #expect(gaps.subscribed(at: 8) == EventGap(start: 5, end: 8, reason: .overrun))
        #expect(gaps.open == nil)
    }

    @Test("Silence ends with an event, not with a subscription")
    func silence() {
        var gaps = GapTracker()
        _ = gaps.lost(since: 5, reason: .silence)
        #expect(gaps.subscribed(at: 8) == nil)
        #expect(gaps.heard(at: 9) == EventGap(start: 5, end: 9, reason: .silence))
        #expect(gaps.heard(at: 10) == nil)
    }

    @Test("Silence is suspected, asked about, and stated only when workers listen")
    func watch() {
        var watch = SilenceWatch(suspicion: 10, patience: 4)
        func tick(_ now: Double, alive: Bool = false, mayAsk: Bool = true) -> SilenceWatch.Action {
            watch.tick(now: now, lastEvent: 100, anyAlive: alive, mayAsk: mayAsk)
        }
        #expect(watch.tick(now: 100, lastEvent: nil, anyAlive: true, mayAsk: true) == .none)
        #expect(tick(101, alive: true) == .none)
        #expect(tick(108) == .none)
        #expect(tick(110) == .probe)
        watch.probed(at: 110, receivers: 2)
        #expect(tick(112) == .none)
        #expect(tick(114) == .deaf(since: 100))
        #expect(tick(130) == .none)

        watch = SilenceWatch(suspicion: 10, patience: 4)
        _ = tick(101, alive: true)
        watch.probed(at: 110, receivers: 0)
        #expect(tick(114) == .none)

        watch = SilenceWatch(suspicion: 10, patience: 4)
        _ = tick(101, alive: true)
        #expect(tick(125, mayAsk: false) == .none)
        #expect(tick(126, mayAsk: false) == .deaf(since: 100))

        watch = SilenceWatch(suspicion: 10, patience: 4)
        _ = tick(101, alive: false)
        #expect(tick(200) == .none)
    }

    @Test("Redis' own count of cut subscribers is read")
    func overrunStatistics() {
        let text = "# Stats\r\ntotal_x:5\r\nclient_output_buffer_limit_disconnections:7\r\nevicted:0\r\n"
        #expect(OverrunCounter.disconnections(in: text) == 7)
        #expect(OverrunCounter.disconnections(in: "# Stats\r\n") == nil)
    }
}

@Suite("Inspection") struct InspectionTests {
    @Test("Only answers of the right shape are kept, and URLs of alternates never")
    func shapes() {
        var book = InspectionBook(maximumWorkers: 10, retention: 60)
        let stats = JSONValue.object([
            ("pid", .int(1)),
            ("broker", .object([("hostname", .string("h")), ("alternates", .array([.string("redis://:pw@x")]))])),
        ])
        book.take(.init(worker: "w", value: stats), to: .stats, at: 1)
        book.take(.init(worker: "w", value: .object([("error", .string("x"))])), to: .conf, at: 2)
        book.take(.init(worker: "w", value: .string("x")), to: .registered, at: 3)
        book.take(
            .init(worker: "w", value: .array([.object([("name", .string("q1"))]), .int(3)])), to: .activeQueues, at: 4)
        let kept = book.inspections["w"]
        #expect(kept?.stats?["broker"] == .object([("hostname", .string("h"))]))
        #expect(kept?.conf == nil)
        #expect(kept?.registered == nil)
        #expect(kept?.timestamp == 4)
        #expect(book.queueNames == ["q1"])
        #expect(book.consumers(alive: ["w"]) == ["q1": ["w"]])
        #expect(book.consumers(alive: []) == [:])
    }

    @Test("Dead workers are forgotten after a while, and there is a bound")
    func bounds() {
        var book = InspectionBook(maximumWorkers: 2, retention: 60)
        for (index, worker) in ["a", "b"].enumerated() {
            book.take(.init(worker: worker, value: .array([])), to: .registered, at: Double(index))
        }
        book.prune(alive: ["a"], now: 10)
        book.prune(alive: ["a"], now: 69)
        #expect(book.inspections.keys.sorted() == ["a", "b"])
        book.take(.init(worker: "c", value: .array([])), to: .registered, at: 70)
        #expect(book.inspections.keys.sorted() == ["a", "c"])
        book.prune(alive: ["c"], now: 71)
        book.prune(alive: ["c"], now: 132)
        #expect(book.inspections.keys.sorted() == ["c"])
    }

    @Test("Answers of many workers stay within their bytes, and what is given up is counted")
    func boundInBytes() {
        var book = InspectionBook(maximumWorkers: 5000, maximumBytes: 1 << 20, retention: 60)
        let tasks = JSONValue.array((0..<100).map { .string("application.tasks.with.a.long.name.\($0)") })
        for index in 0..<1000 {
            book.take(.init(worker: "w\(index)", value: tasks), to: .registered, at: Double(index))
            #expect(book.bytes <= 1 << 20)
        }
        #expect(book.inspections["w999"] != nil && book.inspections["w0"] == nil)
        #expect(book.forgotten == UInt64(1000 - book.inspections.count))
        // The same answer again is one answer.
        let before = book.bytes
        book.take(.init(worker: "w999", value: tasks), to: .registered, at: 1000)
        #expect(book.bytes == before)
    }

    @Test("A new worker is asked once it hears commands, again when it is silent, anew after a restart")
    func schedule() {
        var schedule = InspectionSchedule(settling: 2, absence: 3)
        #expect(schedule.due(alive: ["a"], now: 0).isEmpty)
        #expect(schedule.due(alive: ["a"], now: 1).isEmpty)
        #expect(schedule.due(alive: ["a"], now: 2) == ["a"])
        #expect(schedule.due(alive: ["a"], now: 4).isEmpty)
        #expect(schedule.due(alive: ["a"], now: 6).isEmpty)
        #expect(schedule.due(alive: ["a"], now: 7) == ["a"])
        schedule.answered(["a"])
        for second in 8..<100 { #expect(schedule.due(alive: ["a"], now: Double(second)).isEmpty) }
        #expect(schedule.due(alive: [], now: 101).isEmpty)
        #expect(schedule.due(alive: ["a"], now: 110).isEmpty)
        #expect(schedule.due(alive: ["a"], now: 112) == ["a"])
    }
}

@Suite("Versions of Redis") struct ServerVersionTests {
    @Test(
        "The version is read and compared",
        arguments: [
            ("# Server\r\nredis_version:7.0.15\r\nredis_git:0\r\n", ServerVersion(major: 7, minor: 0), false),
            ("redis_version:6.2.0\r\n", ServerVersion(major: 6, minor: 2), false),
            ("redis_version:6.0.16\r\n", ServerVersion(major: 6, minor: 0), true),
            ("redis_version:5\r\n", nil as ServerVersion?, false), ("", nil, false),
        ])
    func versions(information: String, version: ServerVersion?, isTooOld: Bool) {
        #expect(ServerVersion(information: information) == version)
        #expect((version.map { $0 < .oldestSupported } ?? false) == isTooOld)
    }
}

@Suite("The link's status") struct LinkStatusTests {
    private let refused = RedisError(.refused, "refused")

    @Test("Connected is when both connections stand; the reason stays while trying again")
    func changes() {
        var link = LinkStatus(url: "redis://h", now: 1)
        #expect(!link.status.isConnected)
        link.commandsChanged(to: .connected, now: 2)
        #expect(!link.status.isConnected)
        link.eventsChanged(to: .connected, now: 3)
        #expect(link.status == BrokerStatus(url: "redis://h", isConnected: true, since: 3))
        link.eventsChanged(to: .down(refused, retryIn: 2), now: 10)
        #expect(
            link.status
                == BrokerStatus(
                    url: "redis://h", isConnected: false, since: 10, problem: "refused", nextAttempt: 12))
        link.eventsChanged(to: .connecting, now: 12)
        #expect(link.status.problem == "refused")
        #expect(link.status.nextAttempt == nil)
        link.eventsChanged(to: .connected, now: 13)
        #expect(link.status.problem == nil)
        #expect(link.status.since == 13)
    }
}

@Suite("The size of answers") struct AnswerSizeTests {
    @Test("Answers beyond their bytes are not kept, are counted, and their workers have answered nevertheless")
    func bounded() {
        var collector = ReplyCollector(destination: nil, alive: ["w0", "w1", "w2"], maximumBytes: 3000)
        collector.published(to: 3)
        for index in 0..<3 {
            #expect(collector.decision == .wait)
            let answer = JSONValue.string(String(repeating: "x", count: 1200))
            collector.take(
                ControlReply(ticket: "t", answers: [ControlOutcome.Reply(worker: "w\(index)", value: answer)]))
        }
        #expect(collector.decision == .complete)
        let outcome = collector.finished()
        #expect(outcome.replies.map(\.worker) == ["w0", "w1"] && outcome.missing.isEmpty)
        #expect(outcome.problems.count == 1 && outcome.problems[0].hasPrefix("1 answers were not kept"))
    }
}

@Suite("The rate of commands") struct CommandRateTests {
    @Test("A burst leaves at once, then commands are spread, and too many are refused")
    func spread() {
        var rate = CommandRate(rate: 10)
        let burst = (0..<10).map { _ in rate.reserve(now: 100) }
        #expect(burst.allSatisfy { $0.map { $0 < 1e-9 } == true })
        let next = (0..<20).compactMap { _ in rate.reserve(now: 100) }
        #expect(next.count == 20)
        #expect(zip(next, next.dropFirst()).allSatisfy { abs($1 - $0 - 0.1) < 1e-9 })
        #expect(rate.reserve(now: 100) == nil)
        #expect(rate.reserve(now: 101) != nil)
    }
}
