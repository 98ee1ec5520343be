internal import NIOCore
import Synchronization
internal import ThreadPool

/// Parses what a subscription reads and gives it to the receiver: at once on the event loop while that keeps up, else
/// through a bounded queue on a thread of its own, so that the socket is drained however long the receiver takes.
///
/// At ordinary rates a second thread would only cost wake-ups. In a burst beside a busy Redis and a busy publisher, one
/// thread that reads, parses and applies gets too small a share of two cores, and Redis cuts a subscriber that is slow.
final class SubscriptionIntake: @unchecked Sendable {
    /// Why the connection cannot go on.
    enum Failure: Error, Equatable {
        case protocolError(RESPError)
        case reply(String)
    }

    private struct State {
        var queue = BufferQueue()
        /// The thread has the parser; the event loop must not touch it.
        var isDraining = false
        var readsBehind = 0
    }

    /// Reads in a row that found more in the socket than they took, after which the queue is used.
    private static let patience = 8

    private let receiver: any RedisMessageReceiver
    /// Bytes that may wait; above, the oldest messages are counted and not handed on.
    private let limit: Int
    private let state = Mutex(State())
    private let applier = ThreadPool(name: "events", threads: 1, queueLimit: 1)
    // Used by one thread at a time: the event loop's, or the applier's while `isDraining`.
    private let decoder: PushDecoder
    private let reader: RESPReader

    /// nil when out of memory.
    init?(receiver: any RedisMessageReceiver, maximumMessage: Int, limit: Int) {
        self.receiver = receiver
        self.limit = limit
        decoder = PushDecoder()
        guard let reader = RESPReader(visitor: decoder, maximumBuffered: maximumMessage) else { return nil }
        self.reader = reader
    }

    /// Parses `buffer` now and returns how many patterns are confirmed; only before the first `take`.
    func confirm(_ buffer: ByteBuffer) throws(Failure) -> Int {
        try parse(buffer)
        return decoder.confirmed
    }

    /// Takes what was read, in order. `isBehind`: the socket has more. A failure while the thread parses comes to
    /// `onFailure`, on that thread.
    func take(
        _ buffer: ByteBuffer, isBehind: Bool, onFailure: @escaping @Sendable (Failure) -> Void
    ) throws(Failure) {
        let (isQueued, mustStart) = state.withLock { state in
            state.readsBehind = isBehind ? state.readsBehind + 1 : 0
            guard state.isDraining || state.readsBehind >= Self.patience else { return (false, false) }
            state.queue.append(buffer)
            defer { state.isDraining = true }
            return (true, !state.isDraining)
        }
        guard isQueued else { return try parse(buffer) }
        // There is always room for it: the one before has said that it ends.
        if mustStart, !applier.submit({ self.drain(onFailure) }) { drain(onFailure) }
    }

    /// More than twice the limit waits: nothing should be read until it is less.
    var isFull: Bool { state.withLock { $0.queue.bytes > 2 * limit } }

    private func drain(_ onFailure: (Failure) -> Void) {
        while true {
            let (buffer, isOver) = state.withLock { state in
                let isOver = state.queue.bytes > limit
                let buffer = state.queue.take()
                if buffer == nil { state.isDraining = false }
                return (buffer, isOver)
            }
            guard let buffer else { return }
            do throws(Failure) {
                if isOver { try skim(buffer) } else { try parse(buffer) }
            } catch {
                // It stays draining: the parser is of no further use.
                return onFailure(error)
            }
        }
    }

    private func parse(_ buffer: ByteBuffer) throws(Failure) {
        var problem: RESPError?
        receiver.receive { take in
            let before = decoder.messages
            problem = feed(buffer, take)
            return decoder.messages - before
        }
        try check(problem)
    }

    /// Only counts what is in it.
    private func skim(_ buffer: ByteBuffer) throws(Failure) {
        let before = decoder.messages
        let problem = feed(buffer) { _ in }
        let messages = decoder.messages - before
        if messages > 0 { receiver.missed(messages: messages) }
        try check(problem)
    }

    private func feed(_ buffer: ByteBuffer, _ take: (UnsafeRawBufferPointer) -> Void) -> RESPError? {
        do throws(RESPError) {
            try decoder.read(into: take) { () throws(RESPError) in
                try buffer.withUnsafeReadableBytes { bytes throws(RESPError) in try reader.feed(bytes) }
            }
            return nil
        } catch {
            return error
        }
    }

    private func check(_ problem: RESPError?) throws(Failure) {
        if let problem { throw .protocolError(problem) }
        if let reply = decoder.error { throw .reply(reply) }
    }
}
