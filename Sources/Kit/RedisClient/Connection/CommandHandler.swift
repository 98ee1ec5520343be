internal import NIOCore

/// The command side of a connection: writes pipelines, gives each its replies in order, and notices a server that does
/// not answer. Belongs to the channel's event loop.
final class CommandHandler: ConnectionHandler {
    typealias InboundIn = ByteBuffer
    typealias OutboundOut = ByteBuffer

    private struct Pending {
        let count: Int
        let deadline: NIODeadline
        let timeout: TimeAmount
        let promise: EventLoopPromise<[RedisReply]>?
        var replies: [RedisReply] = []
    }

    private static let tick = TimeAmount.milliseconds(500)
    private static let pingPatience = TimeAmount.milliseconds(2500)
    private static let quietTicks = 3

    /// Pipelines that may wait for replies.
    private let maximumPending: Int
    private let place: String
    private let builder: ReplyBuilder
    private let reader: RESPReader?
    private var pending = CircularBuffer<Pending>()
    private var context: ChannelHandlerContext?
    private var ticker: RepeatedTask?
    private var quiet = 0
    /// Why the connection ended or is about to.
    let ending = ConnectionEnding()

    init(place: String, maximumPending: Int, maximumReply: Int) {
        self.place = place
        self.maximumPending = maximumPending
        builder = ReplyBuilder()
        reader = RESPReader(visitor: builder, maximumBuffered: maximumReply)
    }

    func send(_ commands: [RedisCommand], timeout: TimeAmount, promise: EventLoopPromise<[RedisReply]>?) {
        guard let context, context.channel.isActive, ending.failure == nil else {
            promise?.fail(ending.failure ?? RedisError(.notConnected, "The connection to Redis at \(place) is closed."))
            return
        }
        guard pending.count < maximumPending else {
            promise?.fail(RedisError(.overloaded, "Too many commands wait for Redis at \(place)."))
            return
        }
        guard !commands.isEmpty else {
            promise?.succeed([])
            return
        }
        var buffer = context.channel.allocator.buffer(capacity: 256)
        guard commands.allSatisfy({ $0.write(to: &buffer) }) else {
            promise?.fail(RedisError(.overloaded, "There is no memory for a command to Redis at \(place)."))
            return
        }
        pending.append(Pending(count: commands.count, deadline: .now() + timeout, timeout: timeout, promise: promise))
        context.writeAndFlush(wrapOutboundOut(buffer), promise: nil)
    }

    func close(because failure: RedisError) {
        ending.note(failure)
        context?.close(promise: nil)
    }

    func handlerAdded(context: ChannelHandlerContext) {
        self.context = context
        let loopBound = NIOLoopBound(self, eventLoop: context.eventLoop)
        ticker = context.eventLoop.scheduleRepeatedTask(initialDelay: Self.tick, delay: Self.tick) { _ in
            loopBound.value.ticked()
        }
    }

    func handlerRemoved(context: ChannelHandlerContext) {
        ticker?.cancel()
        ticker = nil
        self.context = nil
        failAll()
    }

    func channelRead(context: ChannelHandlerContext, data: NIOAny) {
        quiet = 0
        let buffer = unwrapInboundIn(data)
        guard let reader else {
            close(because: RedisError(.overloaded, "There is no memory to read from Redis at \(place)."))
            return
        }
        do {
            try buffer.withUnsafeReadableBytes { try reader.feed($0) }
        } catch {
            close(because: RedisError(error, at: place))
        }
        if builder.isOverfull {
            close(because: RedisError(.protocolViolation, "A reply of Redis at \(place) has too many elements."))
        }
        for reply in builder.takeReplies() { take(reply) }
    }

    func channelInactive(context: ChannelHandlerContext) {
        ending.note(RedisError(.closed, "Redis at \(place) closed the connection."))
        failAll()
        context.fireChannelInactive()
    }

    func errorCaught(context: ChannelHandlerContext, error: any Error) {
        close(because: RedisError(error, at: place))
    }

    private func take(_ reply: RedisReply) {
        guard !pending.isEmpty else {
            close(because: RedisError(.protocolViolation, "Redis at \(place) sent a reply that nothing asked for."))
            return
        }
        pending[pending.startIndex].replies.append(reply)
        let first = pending[pending.startIndex]
        guard first.replies.count == first.count else { return }
        pending.removeFirst()
        first.promise?.succeed(first.replies)
    }

    private func ticked() {
        guard let context, context.channel.isActive else { return }
        quiet += 1
        if let first = pending.first {
            guard first.deadline <= .now() else { return }
            let seconds = Double(first.timeout.nanoseconds / 100_000_000) / 10
            close(because: RedisError(.noAnswer, "Redis at \(place) did not answer within \(seconds) s."))
        } else if quiet >= Self.quietTicks {
            send([RedisCommand("PING")], timeout: Self.pingPatience, promise: nil)
        }
    }

    private func failAll() {
        let failure = ending.failure ?? RedisError(.closed, "The connection to Redis at \(place) was closed.")
        let failed = pending
        pending.removeAll()
        for entry in failed { entry.promise?.fail(failure) }
    }
}
