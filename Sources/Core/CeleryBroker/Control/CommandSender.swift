internal import CeleryProtocol
import NIOCore
internal import RedisClient
import Synchronization

/// Publishes commands to workers and collects their replies.
final class CommandSender: RemoteControl {
    /// Seconds for workers that are not known yet, after all known ones answered.
    private static let quietTime = 0.1
    /// Milliseconds after which others may sweep our binding, should we crash.
    private static let bindingLifetime = 3_600_000.0

    private enum Event { case mail(ReplyMailbox.Event), quiet, deadline }

    private let commands: RedisClient
    private let mailbox: ReplyMailbox
    private let names: RedisNames
    private let owner: String
    private let inspectTimeout: Double
    private let isPassive: Bool
    private let alive: @Sendable () -> [String]
    private let now: @Sendable () -> Double
    private let clock: LogicalClock
    private let pace: Mutex<(rate: CommandRate, counts: CommandCounts)>

    init(
        commands: RedisClient, mailbox: ReplyMailbox, names: RedisNames, owner: String,
        configuration: RedisBrokerConfiguration, clock: LogicalClock, alive: @escaping @Sendable () -> [String],
        now: @escaping @Sendable () -> Double
    ) {
        self.commands = commands
        self.mailbox = mailbox
        self.names = names
        self.owner = owner
        inspectTimeout = configuration.inspectTimeout
        isPassive = configuration.isPassive
        self.clock = clock
        self.alive = alive
        self.now = now
        pace = Mutex((CommandRate(rate: configuration.commandRate), CommandCounts()))
    }

    var counts: CommandCounts {
        var counts = pace.withLock { $0.counts }
        counts.replies = mailbox.matchedReplies
        counts.unmatchedReplies = mailbox.unmatchedReplies
        return counts
    }

    @discardableResult
    func post(_ request: ControlRequest) async throws(ControlError) -> Int {
        guard !isPassive else { throw .passive }
        if request.destination?.isEmpty == true { return 0 }
        try await takeTurn()
        let payload = message(request, reply: nil, timeout: inspectTimeout).payload(names: names)
        return try await publish([], payload)
    }

    func broadcast(_ request: ControlRequest, timeout: Double?) async throws(ControlError) -> ControlOutcome {
        guard !isPassive else { throw .passive }
        var collector = ReplyCollector(destination: request.destination, alive: alive())
        // To workers an empty destination means everybody.
        if request.destination?.isEmpty == true { return collector.finished() }
        let timeout = timeout ?? inspectTimeout
        try await takeTurn()
        let ticket = ControlMessage.makeID()
        guard let replies = mailbox.replies(to: ticket) else { throw .tooManyCommands }
        defer { mailbox.stopWaiting(for: ticket) }

        let payload = message(request, reply: .init(ticket: ticket, owner: owner), timeout: timeout)
            .payload(names: names)
        // Written anew before each command: a FLUSHDB or another client's sweep may have removed the binding.
        let binding = [
            RedisCommand("SADD", names.bindingTable(of: names.replyExchange), names.replyBinding(of: owner)),
            RedisCommand(
                "ZADD", names.bindingDeadlines, "GT", String(Int64(now() * 1000 + Self.bindingLifetime)),
                names.replyExchange),
        ]
        collector.published(to: try await publish(binding, payload))
        let loss = await collect(replies, into: &collector, timeout: timeout)
        let outcome = collector.finished()
        if let loss, outcome.replies.isEmpty {
            throw .unavailable("\(loss) The command was sent; whether workers have carried it out is not known.")
        }
        return outcome
    }

    /// Waits until the rate allows one more command.
    private func takeTurn() async throws(ControlError) {
        let delay = pace.withLock { pace in
            let delay = pace.rate.reserve(now: now())
            switch delay {
            case nil: pace.counts.refused += 1
            case 0?: pace.counts.sent += 1
            default:
                pace.counts.sent += 1
                pace.counts.delayed += 1
            }
            return delay
        }
        guard let delay else { throw .tooManyCommands }
        if delay > 0 { try? await Task.sleep(for: .seconds(delay)) }
    }

    /// Removes our binding and list.
    func removeReplyQueue() async throws(RedisError) {
        _ = try await commands.send([
            RedisCommand("SREM", names.bindingTable(of: names.replyExchange), names.replyBinding(of: owner)),
            RedisCommand("DEL", names.replyList(of: owner)),
        ])
    }

    /// Why the replies that are missing will not come, when the connection ended.
    private func collect(
        _ replies: AsyncStream<ReplyMailbox.Event>, into collector: inout ReplyCollector, timeout: Double
    ) async -> String? {
        let (events, continuation) = AsyncStream.makeStream(of: Event.self)
        let forwarding = Task {
            for await reply in replies { continuation.yield(.mail(reply)) }
        }
        let timer = Task {
            try await Task.sleep(for: .seconds(timeout))
            continuation.yield(.deadline)
        }
        var quiet: Task<Void, any Error>?
        defer {
            forwarding.cancel()
            timer.cancel()
            quiet?.cancel()
        }
        if collector.decision == .complete { return nil }
        for await event in events {
            switch event {
            case .deadline, .quiet: return nil
            case .mail(.lost(let reason)):
                collector.lost(reason)
                return reason
            case .mail(.reply(let reply)): collector.take(reply)
            }
            switch collector.decision {
            case .complete: return nil
            case .wait: break
            case .waitBriefly:
                quiet?.cancel()
                quiet = Task {
                    try await Task.sleep(for: .seconds(Self.quietTime))
                    continuation.yield(.quiet)
                }
            }
        }
        return nil
    }

    private func publish(_ before: [RedisCommand], _ payload: [UInt8]) async throws(ControlError) -> Int {
        var command = RedisCommand("PUBLISH", names.controlChannel)
        command.append(payload)
        do throws(RedisError) {
            let replies = try await commands.send(before + [command])
            if let error = replies.compactMap(\.errorText).first {
                throw RedisError(.server, "Redis does not accept the command: \(error.prefix(200))")
            }
            return Int(replies.last?.integer ?? 0)
        } catch {
            switch error.kind {
            case .noAnswer, .closed, .shutDown:
                throw .unavailable("\(error.message) Whether workers got the command is not known.")
            default: throw .unavailable(error.message)
            }
        }
    }

    private func message(
        _ request: ControlRequest, reply: ControlMessage.ReplyAddress?, timeout: Double
    ) -> ControlMessage {
        ControlMessage(
            request: request, reply: reply, clock: clock.tick(), expires: now() + timeout,
            deliveryTag: ControlMessage.makeID())
    }
}
