internal import NIOCore

/// The subscribing side of a connection: subscribes to patterns, hands payloads on as they are read, paces its reads and
/// notices a server that does not answer. Belongs to the channel's event loop.
final class SubscriberHandler: ConnectionHandler {
    typealias InboundIn = ByteBuffer
    typealias OutboundOut = ByteBuffer

    private static let tick = TimeAmount.milliseconds(500)

    private let place: String
    private let opening: [RedisCommand]
    private let patternCount: Int
    private let receiver: any RedisMessageReceiver
    private var pause = ReadPause()
    private let decoder: PushDecoder
    private let reader: RESPReader?

    private var context: ChannelHandlerContext?
    private var ticker: RepeatedTask?
    private var keepAlive = KeepAlive()
    private var confirmation: EventLoopPromise<Void>?
    private var isSubscribed = false
    private var isPausing = false
    private var bytesInCycle = 0
    /// Why the connection ended or is about to.
    let ending = ConnectionEnding()

    /// `opening` is written first (AUTH and the like), then PSUBSCRIBE.
    init(
        place: String, opening: [RedisCommand], patterns: [String], maximumMessage: Int,
        receiver: any RedisMessageReceiver
    ) {
        self.place = place
        self.opening = opening + [RedisCommand(["PSUBSCRIBE"] + patterns)]
        patternCount = patterns.count
        self.receiver = receiver
        decoder = PushDecoder()
        reader = RESPReader(visitor: decoder, maximumBuffered: maximumMessage)
    }

    /// Succeeds when all patterns are confirmed, fails when the channel closes before; nil before the handler is added.
    var subscribed: EventLoopFuture<Void>? { confirmation?.futureResult }

    func close(because failure: RedisError) {
        ending.note(failure)
        context?.close(promise: nil)
    }

    func giveUpSubscribing() {
        guard !isSubscribed else { return }
        close(because: RedisError(.noAnswer, "Redis at \(place) did not confirm the subscription in time."))
    }

    func handlerAdded(context: ChannelHandlerContext) {
        self.context = context
        confirmation = context.eventLoop.makePromise()
    }

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
        bytesInCycle += buffer.readableBytes
        keepAlive.heard()
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
        context?.read()
    }

    private func ticked() {
        guard context?.channel.isActive == true else { return }
        switch keepAlive.tick() {
        case .none: break
        case .ping: if isSubscribed { write([RedisCommand("PING")]) }
        case .giveUp: close(because: RedisError(.noAnswer, "Redis at \(place) does not answer any more."))
        }
    }

    private func write(_ commands: [RedisCommand]) {
        guard let context else { return }
        var buffer = context.channel.allocator.buffer(capacity: 256)
        guard commands.allSatisfy({ $0.write(to: &buffer) }) else {
            close(because: RedisError(.overloaded, "There is no memory for a command to Redis at \(place)."))
            return
        }
        context.writeAndFlush(wrapOutboundOut(buffer), promise: nil)
    }

    private func end() {
        ticker?.cancel()
        ticker = nil
        confirmation?.fail(ending.failure ?? RedisError(.closed, "Redis at \(place) closed the connection."))
    }
}
