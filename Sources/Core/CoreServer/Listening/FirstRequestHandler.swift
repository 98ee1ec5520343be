import HummingbirdCore
internal import Logging
import NIOCore

/// Waits for the first bytes of a connection, which tell what it is for, and hands them on to who serves it.
final class FirstRequestHandler: ChannelInboundHandler, RemovableChannelHandler {
    typealias InboundIn = ByteBuffer
    typealias InboundOut = ByteBuffer

    /// What the head of a live stream's request begins with.
    private static let live = "GET /live?".utf8

    private let kinds: CoreChannel
    private let first: EventLoopPromise<CoreChannel.First>
    private let logger: Logger
    private var held = ByteBuffer()
    private var isSettled = false
    private var timeout: Scheduled<Void>?

    init(_ kinds: CoreChannel, _ first: EventLoopPromise<CoreChannel.First>, logger: Logger) {
        self.kinds = kinds
        self.first = first
        self.logger = logger
    }

    func handlerAdded(context: ChannelHandlerContext) {
        let bound = NIOLoopBound(context, eventLoop: context.eventLoop)
        timeout = context.eventLoop.scheduleTask(in: kinds.idleTimeout) { bound.value.close(promise: nil) }
    }

    func channelRead(context: ChannelHandlerContext, data: NIOAny) {
        var bytes = unwrapInboundIn(data)
        guard !isSettled else { return context.fireChannelRead(data) }
        held.writeBuffer(&bytes)
        let start = held.readableBytesView.prefix(Self.live.count)
        guard Self.live.starts(with: start) else { return settle(context, as: nil) }
        if start.count == Self.live.count { settle(context, as: kinds.live) }
    }

    private func settle(_ context: ChannelHandlerContext, as live: LiveService?) {
        isSettled = true
        timeout?.cancel()
        do {
            if let live {
                try kinds.becomeLive(live, context.channel)
                first.succeed(.live)
                passOn(context)
            } else {
                let bound = NIOLoopBound((self, context), eventLoop: context.eventLoop)
                kinds.http.setup(channel: context.channel, logger: logger).assumeIsolated().whenComplete { outcome in
                    let (handler, context) = bound.value
                    switch outcome {
                    case .success(let channel):
                        handler.first.succeed(.http(channel))
                        handler.passOn(context)
                    case .failure(let error): handler.fail(context, error)
                    }
                }
            }
        } catch {
            fail(context, error)
        }
    }

    private func passOn(_ context: ChannelHandlerContext) {
        context.fireChannelRead(wrapInboundOut(held))
        context.fireChannelReadComplete()
        held = ByteBuffer()
        context.pipeline.syncOperations.removeHandler(context: context, promise: nil)
    }

    private func fail(_ context: ChannelHandlerContext, _ error: any Error) {
        first.fail(error)
        context.close(promise: nil)
    }

    func userInboundEventTriggered(context: ChannelHandlerContext, event: Any) {
        if event is ChannelShouldQuiesceEvent, !isSettled { return context.close(promise: nil) }
        context.fireUserInboundEventTriggered(event)
    }

    func channelInactive(context: ChannelHandlerContext) {
        timeout?.cancel()
        if !isSettled {
            isSettled = true
            first.fail(ChannelError.eof)
        }
        context.fireChannelInactive()
    }

    func handlerRemoved(context: ChannelHandlerContext) {
        timeout?.cancel()
        if !isSettled {
            isSettled = true
            first.fail(ChannelError.eof)
        }
    }
}
