internal import NIOCore

/// The connection of `RedisChannels`: writes SUBSCRIBE and UNSUBSCRIBE, hands on what is pushed, notices a server that
/// does not answer. Belongs to the channel's event loop.
final class ChannelHandler: ConnectionHandler {
    typealias InboundIn = ByteBuffer
    typealias OutboundOut = ByteBuffer

    private let place: String
    private let connection: PushedConnection
    private let opening: [RedisCommand]
    private let receive: (_ channel: String, _ event: RedisChannels.Event) -> Void
    private let builder: ReplyBuilder
    private let reader: RESPReader?
    private var answers = 0
    private let opened: EventLoopPromise<Void>
    var ending: ConnectionEnding { connection.ending }

    /// `opening` is written first (AUTH and the like) and PING after it; `opened` succeeds when all are answered.
    init(
        place: String, opening: [RedisCommand], maximumMessage: Int, opened: EventLoopPromise<Void>,
        receive: @escaping (_ channel: String, _ event: RedisChannels.Event) -> Void
    ) {
        self.place = place
        connection = PushedConnection(place: place)
        self.opening = opening + [RedisCommand("PING")]
        self.opened = opened
        self.receive = receive
        builder = ReplyBuilder()
        reader = RESPReader(visitor: builder, maximumBuffered: maximumMessage)
    }

    /// Succeeds when the server has answered the opening commands, fails when the channel closes before.
    var isOpened: EventLoopFuture<Void> { opened.futureResult }

    func write(_ commands: [RedisCommand]) {
        guard connection.context?.channel.isActive == true, ending.failure == nil else { return }
        connection.write(commands)
    }

    func close(because failure: RedisError) { connection.close(because: failure) }

    func handlerAdded(context: ChannelHandlerContext) { connection.added(context) }

    func handlerRemoved(context: ChannelHandlerContext) {
        end()
        connection.removed()
    }

    func channelActive(context: ChannelHandlerContext) {
        connection.watch { true }
        connection.write(opening)
        context.fireChannelActive()
    }

    func channelRead(context: ChannelHandlerContext, data: NIOAny) {
        let buffer = unwrapInboundIn(data)
        connection.heard()
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

    private func end() {
        connection.endWatch()
        opened.fail(ending.failure ?? RedisError(.closed, "Redis at \(place) closed the connection."))
    }
}
