import NIOCore
import NIOHPACK
import NIOHTTP2

/// Sits below the codec of an HTTP/2 stream: refuses what the codec would read in its own way, and ends a stream whose
/// answer came before the end of the request.
final class StreamGate: ChannelDuplexHandler {
    typealias InboundIn = HTTP2Frame.FramePayload
    typealias InboundOut = HTTP2Frame.FramePayload
    typealias OutboundIn = HTTP2Frame.FramePayload
    typealias OutboundOut = HTTP2Frame.FramePayload

    /// The answer is complete, the request is not.
    struct EarlyEnd: Sendable {}

    private var hasHead = false

    func channelRead(context: ChannelHandlerContext, data: NIOAny) {
        if !hasHead, case .headers(let frame) = unwrapInboundIn(data) {
            hasHead = true
            guard Self.namesOneHost(frame.headers) else {
                context.writeAndFlush(wrapOutboundOut(.rstStream(.protocolError)), promise: nil)
                return
            }
        }
        context.fireChannelRead(data)
    }

    /// With NO_ERROR the client keeps the answer and only stops sending (RFC 9113, section 8.1).
    func triggerUserOutboundEvent(context: ChannelHandlerContext, event: Any, promise: EventLoopPromise<Void>?) {
        guard event is EarlyEnd else { return context.triggerUserOutboundEvent(event, promise: promise) }
        context.writeAndFlush(wrapOutboundOut(.rstStream(.noError)), promise: promise)
    }

    /// RFC 9113, section 8.3.1: a `Host` field must say what `:authority` says. Which of two would count cannot be told.
    private static func namesOneHost(_ fields: HPACKHeaders) -> Bool {
        guard let authority = fields.first(name: ":authority") else { return false }
        return fields["host"].allSatisfy { $0 == authority }
    }
}
