internal import NIOCore

/// The subscribing side of a connection: subscribes to patterns, hands payloads on as they are read, paces its reads and
/// notices a server that does not answer. Belongs to the channel's event loop.
final class SubscriberHandler: ConnectionHandler {
    typealias InboundIn = ByteBuffer
    typealias OutboundOut = ByteBuffer

    private static let tick = TimeAmount.milliseconds(500)
    /// Bytes of the socket's reads, and those at and above which a read was full; TLS leaves a little less.
    static let receiveBuffer = 64 << 10
    private static let fullRead = 60 << 10
    private static let fullPause = TimeAmount.milliseconds(1)

    private let place: String
    private let opening: [RedisCommand]
    private let patternCount: Int
    private var pause = ReadPause()
    private let intake: SubscriptionIntake?

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
        place: String, opening: [RedisCommand], patterns: [String], intake: SubscriptionIntake?
    ) {
        self.place = place
        self.opening = opening + [RedisCommand(["PSUBSCRIBE"] + patterns)]
        patternCount = patterns.count
        self.intake = intake
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
        guard let intake else {
            close(because: RedisError(.overloaded, "There is no memory to read from Redis at \(place)."))
            return
        }
        do throws(SubscriptionIntake.Failure) {
            if isSubscribed {
                let (loop, loopBound) = (context.eventLoop, NIOLoopBound(self, eventLoop: context.eventLoop))
                try intake.take(buffer, isBehind: buffer.readableBytes >= Self.fullRead) { failure in
                    loop.execute { loopBound.value.failed(failure) }
                }
            } else if try intake.confirm(buffer) >= patternCount {
                isSubscribed = true
                // From here on reads are paced; while connecting (and through a TLS handshake) they were not.
                try? context.channel.syncOptions?.setOption(.autoRead, value: false)
                confirmation?.succeed(())
            }
        } catch {
            failed(error)
        }
    }

    private func failed(_ failure: SubscriptionIntake.Failure) {
        switch failure {
        case .protocolError(let error): close(because: RedisError(error, at: place))
        case .reply(let reply): close(because: RedisError(reply: reply, from: place))
        }
    }

    func channelReadComplete(context: ChannelHandlerContext) {
        if isSubscribed, !isPausing {
            let bytes = bytesInCycle
            bytesInCycle = 0
            // With too much waiting, Redis' own buffer is the place for more.
            let time = intake?.isFull == true ? Self.fullPause : pause.next(afterReading: bytes, at: .now())
            if let time {
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
