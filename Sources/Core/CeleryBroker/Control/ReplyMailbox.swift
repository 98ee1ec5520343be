import NIOCore
internal import RedisClient
import Synchronization

/// Our one reply list: pops replies while somebody waits and hands each to the command with its ticket.
final class ReplyMailbox: Sendable {
    /// Commands that may wait at once.
    private static let maximumWaiters = 256
    /// Seconds after which Redis drops the list by itself, should we crash with replies in it.
    private static let listLifetime = "300"
    /// Replies popped at once after the first, and bytes that they may have together if they are like the first.
    private static let popCount = 32
    private static let popBytes = 4 << 20

    enum Event: Sendable {
        case reply(ControlReply)
        /// The connection ended, and replies with it.
        case lost(String)
    }

    private struct Shared {
        var waiters: [String: AsyncStream<Event>.Continuation] = [:]
        var matched: UInt64 = 0
        var unmatched: UInt64 = 0
    }

    private let client: RedisClient
    private let list: String
    private let shared = Mutex(Shared())
    private let arrivals: AsyncStream<Void>
    private let arrival: AsyncStream<Void>.Continuation

    /// `client` must be this mailbox's own: it blocks in `BRPOP`.
    init(client: RedisClient, list: String) {
        self.client = client
        self.list = list
        (arrivals, arrival) = AsyncStream.makeStream(bufferingPolicy: .bufferingNewest(1))
    }

    /// Replies that went to whoever waited.
    var matchedReplies: UInt64 { shared.withLock { $0.matched } }

    /// Replies that came too late or were not ours.
    var unmatchedReplies: UInt64 { shared.withLock { $0.unmatched } }

    /// Replies with `ticket` from now on, until `stopWaiting`; nil when too many wait.
    func replies(to ticket: String) -> AsyncStream<Event>? {
        let (stream, continuation) = AsyncStream.makeStream(
            of: Event.self, bufferingPolicy: .bufferingOldest(ReplyCollector.maximumReplies))
        let isAdded = shared.withLock { shared in
            guard shared.waiters.count < Self.maximumWaiters else { return false }
            shared.waiters[ticket] = continuation
            return true
        }
        guard isAdded else { return nil }
        arrival.yield()
        return stream
    }

    func stopWaiting(for ticket: String) {
        shared.withLock { $0.waiters.removeValue(forKey: ticket) }?.finish()
    }

    /// Pops replies until cancelled.
    func run() async {
        await withTaskGroup { group in
            group.addTask { await self.client.run() }
            group.addTask { await self.popWhileWaited() }
        }
        client.close()
    }

    private func popWhileWaited() async {
        for await _ in arrivals {
            while !Task.isCancelled, shared.withLock({ !$0.waiters.isEmpty }) {
                do throws(RedisError) {
                    try await popOnce()
                } catch {
                    // Before there is a connection, waiting can still succeed; the client reconnects by itself.
                    if error.kind != .notConnected { tellLoss(error.message) }
                    try? await Task.sleep(for: .milliseconds(100))
                }
            }
        }
    }

    private func popOnce() async throws(RedisError) {
        let reply = try await client.send(RedisCommand("BRPOP", list, "1"))
        if let text = reply.errorText { throw RedisError(.server, text) }
        guard let pair = reply.elements, pair.count == 2, case .bulk(let first) = pair[1] else { return }
        dispatch(first)
        // What is left gets a lifetime, so that nothing of ours stays behind for good.
        let more = try await client.send([
            RedisCommand("EXPIRE", list, Self.listLifetime),
            RedisCommand("RPOP", list, String(min(max(1, Self.popBytes / max(1, first.count)), Self.popCount))),
        ])
        for case .bulk(let payload) in more.last?.elements ?? [] { dispatch(payload) }
    }

    private func tellLoss(_ reason: String) {
        for waiter in shared.withLock({ Array($0.waiters.values) }) { waiter.yield(.lost(reason)) }
    }

    private func dispatch(_ payload: [UInt8]) {
        let reply = ControlReply(payload: payload)
        shared.withLock { shared in
            if let reply, let ticket = reply.ticket, let waiter = shared.waiters[ticket] {
                waiter.yield(.reply(reply))
                shared.matched += 1
            } else {
                // A worker that was busy answers when its task has ended.
                shared.unmatched += 1
            }
        }
    }
}
