internal import NIOCore

/// The connection of `RedisChannels`: writes SUBSCRIBE and UNSUBSCRIBE, hands on what is pushed, notices a server that
/// does not answer. Belongs to the channel's event loop.
final class ChannelHandler: ConnectionHandler {
    typealias InboundIn = ByteBuffer
    typealias OutboundOut = ByteBuffer

    private static let tick = TimeAmount.milliseconds(500)

    private let place: String
    private let opening: [RedisCommand]
    private let receive: (_ channel: String, _ event: RedisChannels.Event) -> Void
    private let builder: ReplyBuilder
    private let reader: RESPReader?
    private var keepAlive = KeepAlive()
    private var context: ChannelHandlerContext?
    private var ticker: RepeatedTask?
    private var answers = 0
    private let opened: EventLoopPromise<Void>
    let ending = ConnectionEnding()

    /// `opening` is written first (AUTH and the like) and PING after it; `opened` succeeds when all are answered.
    init(
        place: String, opening: [RedisCommand], maximumMessage: Int, opened: EventLoopPromise<Void>,
        receive: @escaping (_ channel: String, _ event: RedisChannels.Event) -> Void
    ) {
        self.place = place
        self.opening = opening + [RedisCommand("PING")]
        self.opened = opened
        self.receive = receive
        builder = ReplyBuilder()
        reader = RESPReader(visitor: builder, maximumBuffered: maximumMessage)
    }

    /// Succeeds when the server has answered the opening commands, fails when the channel closes before.
    var isOpened: EventLoopFuture<Void> { opened.futureResult }

    func write(_ commands: [RedisCommand]) {
        guard let context, context.channel.isActive, ending.failure == nil else { return }
        var buffer = context.channel.allocator.buffer(capacity: 256)
        guard commands.allSatisfy({ $0.write(to: &buffer) }) else {
            close(because: RedisError(.overloaded, "There is no memory for a command to Redis at \(place)."))
            return
        }
        context.writeAndFlush(wrapOutboundOut(buffer), promise: nil)
    }

    func close(because failure: RedisError) {
        ending.note(failure)
        context?.close(promise: nil)
    }

    func handlerAdded(context: ChannelHandlerContext) { self.context = context }

    func handlerRemoved(context: ChannelHandlerContext) {
        end()
        self.context = nil
    }

    func channelActive(context: ChannelHandlerContext) {
        let loopBound = NIOLoopBound(self, eventLoop: context.eventLoop)
        ticker = context.eventLoop.scheduleRepeatedTask(initialDelay: Self.tick, delay: Self.tick) { _ in
            loopBound.value.ticked()
        }
        write(opening)
        context.fireChannelActive()
    }

    func channelRead(context: ChannelHandlerContext, data: NIOAny) {
        let buffer = unwrapInboundIn(data)
        keepAlive.heard()
        guard ending.failure == nil else { return }
        guard let reader else {
            close(because: RedisError(.overloaded, "There is no memory to read from Redis at \(place)."))
            return
        }
        do throws(RESPError) {
            try buffer.withUnsafeReadableBytes { bytes throws(RESPError) in try reader.feed(bytes) }
        } catch {
            close(because: RedisError(error, at: place))
        }
        for reply in builder.takeReplies() { take(reply) }
    }

    func channelInactive(context: ChannelHandlerContext) {
        ending.note(RedisError(.closed, "Redis at \(place) closed the connection."))
        end()
        context.fireChannelInactive()
    }

    func errorCaught(context: ChannelHandlerContext, error: any Error) {
        close(because: RedisError(error, at: place))
    }

    private func take(_ reply: RedisReply) {
        if let text = reply.errorText {
            close(because: RedisError(reply: text, from: place))
            return
        }
        if answers < opening.count {
            answers += 1
            if answers == opening.count { opened.succeed(()) }
            return
        }
        // Anything else is a PONG or the end of a subscription.
        guard let parts = reply.elements, parts.count == 3, let channel = parts[1].text else { return }
        switch (parts[0].text, parts[2]) {
        case ("subscribe"?, _): receive(channel, .subscribed)
        case ("message"?, .bulk(let payload)): receive(channel, .message(payload))
        default: break
        }
    }

    private func ticked() {
        guard context?.channel.isActive == true else { return }
        switch keepAlive.tick() {
        case .none: break
        case .ping: write([RedisCommand("PING")])
        case .giveUp: close(because: RedisError(.noAnswer, "Redis at \(place) does not answer any more."))
        }
    }

    private func end() {
        ticker?.cancel()
        ticker = nil
        opened.fail(ending.failure ?? RedisError(.closed, "Redis at \(place) closed the connection."))
    }
}
