internal import NIOCore

/// The subscribing side of a connection: subscribes to patterns, hands payloads on as they are read, paces its reads and
/// notices a server that does not answer. Belongs to the channel's event loop.
final class SubscriberHandler: ConnectionHandler {
    typealias InboundIn = ByteBuffer
    typealias OutboundOut = ByteBuffer

    private let place: String
    private let connection: PushedConnection
    private let opening: [RedisCommand]
    private let patternCount: Int
    private let receiver: any RedisMessageReceiver
    private var pause = ReadPause()
    private let decoder: PushDecoder
    private let reader: RESPReader?

    private var confirmation: EventLoopPromise<Void>?
    private var isSubscribed = false
    private var isPausing = false
    private var bytesInCycle = 0
    /// Why the connection ended or is about to.
    var ending: ConnectionEnding { connection.ending }

    /// `opening` is written first (AUTH and the like), then PSUBSCRIBE.
    init(
        place: String, opening: [RedisCommand], patterns: [String], maximumMessage: Int,
        receiver: any RedisMessageReceiver
    ) {
        self.place = place
        connection = PushedConnection(place: place)
        self.opening = opening + [RedisCommand(["PSUBSCRIBE"] + patterns)]
        patternCount = patterns.count
        self.receiver = receiver
        decoder = PushDecoder()
        reader = RESPReader(visitor: decoder, maximumBuffered: maximumMessage)
    }

    /// Succeeds when all patterns are confirmed, fails when the channel closes before; nil before the handler is added.
    var subscribed: EventLoopFuture<Void>? { confirmation?.futureResult }

    func close(because failure: RedisError) { connection.close(because: failure) }

    func giveUpSubscribing() {
        guard !isSubscribed else { return }
        close(because: RedisError(.noAnswer, "Redis at \(place) did not confirm the subscription in time."))
    }

    func handlerAdded(context: ChannelHandlerContext) {
        connection.added(context)
        confirmation = context.eventLoop.makePromise()
    }

    func handlerRemoved(context: ChannelHandlerContext) {
        end()
        connection.removed()
    }

    func channelActive(context: ChannelHandlerContext) {
        connection.watch { [weak self] in self?.isSubscribed == true }
        connection.write(opening)
        context.fireChannelActive()
    }

    func channelRead(context: ChannelHandlerContext, data: NIOAny) {
        let buffer = unwrapInboundIn(data)
        bytesInCycle += buffer.readableBytes
        connection.heard()
        guard ending.failure == nil else { return }
        guard let reader else {
            close(because: RedisError(.overloaded, "There is no memory to read from Redis at \(place)."))
            return
        }
        var problem: RESPError?
        receiver.receive { take in
            let before = decoder.messages
            do throws(RESPError) {
                try decoder.read(into: take) { () throws(RESPError) in
                    try buffer.withUnsafeReadableBytes { bytes throws(RESPError) in try reader.feed(bytes) }
                }
            } catch {
                problem = error
            }
            return decoder.messages - before
        }
        if let problem {
            close(because: RedisError(problem, at: place))
        } else if let reply = decoder.error {
            close(because: RedisError(reply: reply, from: place))
        } else if !isSubscribed, decoder.confirmed >= patternCount {
            isSubscribed = true
            // From here on reads are paced; while connecting (and through a TLS handshake) they were not.
            try? context.channel.syncOptions?.setOption(.autoRead, value: false)
            confirmation?.succeed(())
        }
    }

    func channelReadComplete(context: ChannelHandlerContext) {
        if isSubscribed, !isPausing {
            let bytes = bytesInCycle
            bytesInCycle = 0
            if let time = pause.next(afterReading: bytes, at: .now()) {
                isPausing = true
                let loopBound = NIOLoopBound(self, eventLoop: context.eventLoop)
                context.eventLoop.scheduleTask(in: time) { loopBound.value.pauseEnded() }
            } else {
                context.read()
            }
        }
        context.fireChannelReadComplete()
    }

    func channelInactive(context: ChannelHandlerContext) {
        ending.note(RedisError(.closed, "Redis at \(place) closed the connection of the events."))
        end()
        context.fireChannelInactive()
    }

    func errorCaught(context: ChannelHandlerContext, error: any Error) {
        close(because: RedisError(error, at: place))
    }

    private func pauseEnded() {
        isPausing = false
        connection.context?.read()
    }

    private func end() {
        connection.endWatch()
        confirmation?.fail(ending.failure ?? RedisError(.closed, "Redis at \(place) closed the connection."))
    }
}
