import NIOCore
import NIOHTTP1

/// What an exchange hears from its core connection. All calls come on the event loop that both share.
protocol UpstreamReceiver: AnyObject {
    func upstreamReady(_ connection: UpstreamConnection)
    func upstreamHead(_ head: HTTPResponseHead)
    func upstreamBody(_ bytes: ByteBuffer)
    func upstreamEnd()
    /// Everything that came with one read was delivered.
    func upstreamReadComplete()
    func upstreamWritabilityChanged()
    func upstreamFailed(_ failure: UpstreamFailure)
}

enum UpstreamFailure: Error, Equatable {
    /// No connection to the core could be made.
    case unreachable
    /// Too many requests wait for a connection already.
    case overloaded
    /// The connection ended before any byte of an answer.
    case closedBeforeAnswer
    /// The connection ended, or became unreadable, inside an answer.
    case truncated
    /// The core sent something that is no answer.
    case malformed
}

/// One HTTP/1.1 connection to the core, used by one exchange at a time.
final class UpstreamConnection: ChannelInboundHandler, ChannelOutboundHandler {
    typealias InboundIn = HTTPClientResponsePart
    typealias OutboundIn = HTTPClientRequestPart
    typealias OutboundOut = HTTPClientRequestPart

    enum Kind {
        case request
        /// For one live stream only; closed at its end.
        case stream
    }

    let kind: Kind
    private let pool: UpstreamPool
    private weak var receiver: (any UpstreamReceiver)?
    private var context: ChannelHandlerContext?
    private var hasAnswerBegun = false
    private var isAnswerComplete = false
    private var isRequestComplete = false
    private var isKeptAlive = true
    private var isPaused = false
    private var isReadWanted = false
    private(set) var requests = 0
    var idleSince = NIODeadline.uptimeNanoseconds(0)

    init(kind: Kind, pool: UpstreamPool) {
        self.kind = kind
        self.pool = pool
    }

    var isReused: Bool { requests > 1 }
    var isOpen: Bool { context?.channel.isActive ?? false }
    var isWritable: Bool { context?.channel.isWritable ?? false }

    /// Gives the connection to an exchange.
    func begin(_ receiver: any UpstreamReceiver) {
        self.receiver = receiver
        requests += 1
        (hasAnswerBegun, isAnswerComplete, isRequestComplete, isKeptAlive) = (false, false, false, true)
    }

    func send(head: HTTPRequestHead) { context?.write(wrapOutboundOut(.head(head)), promise: nil) }

    func send(body: ByteBuffer) { context?.write(wrapOutboundOut(.body(.byteBuffer(body))), promise: nil) }

    func sendEnd() {
        guard !isRequestComplete else { return }
        isRequestComplete = true
        context?.write(wrapOutboundOut(.end(nil)), promise: nil)
    }

    func flush() { context?.flush() }

    /// Stops reading from the core while the client does not take what was read.
    func pause() { isPaused = true }

    func resume() {
        guard isPaused else { return }
        isPaused = false
        if isReadWanted {
            isReadWanted = false
            context?.read()
        }
    }

    /// The exchange is over, one way or another. The connection is used again only after a clean exchange.
    func release() {
        receiver = nil
        isPaused = false
        if isAnswerComplete, isRequestComplete, isKeptAlive, kind == .request, isOpen {
            if isReadWanted {
                isReadWanted = false
                context?.read()
            }
            pool.returned(self)
        } else {
            close()
        }
    }

    func close() { context?.close(promise: nil) }

    // MARK: Channel events

    func handlerAdded(context: ChannelHandlerContext) { self.context = context }

    func handlerRemoved(context: ChannelHandlerContext) { self.context = nil }

    func channelRead(context: ChannelHandlerContext, data: NIOAny) {
        guard let receiver else {
            // Nobody asked: whatever this is, the connection is not in step.
            context.close(promise: nil)
            return
        }
        switch unwrapInboundIn(data) {
        case .head(let head):
            guard head.status.code >= 200, !hasAnswerBegun else { return fail(.malformed) }
            hasAnswerBegun = true
            isKeptAlive = head.isKeepAlive
            receiver.upstreamHead(head)
        case .body(let bytes):
            receiver.upstreamBody(bytes)
        case .end:
            isAnswerComplete = true
            receiver.upstreamEnd()
        }
    }

    func channelReadComplete(context: ChannelHandlerContext) {
        receiver?.upstreamReadComplete()
        context.fireChannelReadComplete()
    }

    func read(context: ChannelHandlerContext) {
        if isPaused { isReadWanted = true } else { context.read() }
    }

    func channelWritabilityChanged(context: ChannelHandlerContext) {
        receiver?.upstreamWritabilityChanged()
        context.fireChannelWritabilityChanged()
    }

    func channelInactive(context: ChannelHandlerContext) {
        pool.closed(self)
        fail(hasAnswerBegun ? .truncated : .closedBeforeAnswer)
        context.fireChannelInactive()
    }

    func errorCaught(context: ChannelHandlerContext, error: any Error) {
        fail(hasAnswerBegun ? .truncated : error is HTTPParserError ? .malformed : .closedBeforeAnswer)
    }

    private func fail(_ failure: UpstreamFailure) {
        let receiver = receiver
        self.receiver = nil
        close()
        receiver?.upstreamFailed(failure)
    }
}
