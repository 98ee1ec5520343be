import NIOCore

/// What an exchange hears from its core connection. All calls come on the event loop that both share.
protocol UpstreamReceiver: AnyObject {
    func upstreamReady(_ connection: UpstreamConnection)
    func upstreamHead(_ head: CoreAnswerHead)
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
    typealias InboundIn = ByteBuffer
    typealias OutboundIn = ByteBuffer
    typealias OutboundOut = ByteBuffer

    enum Kind {
        case request
        /// For one live stream only; closed at its end.
        case stream
    }

    let kind: Kind
    private let pool: UpstreamPool
    private weak var receiver: (any UpstreamReceiver)?
    private var context: ChannelHandlerContext?
    private var parser = CoreAnswerParser()
    /// Bytes of an answer that nothing could be made of yet.
    private var input: ByteBuffer?
    /// What is written and not flushed.
    private var out = ByteBuffer()
    private var isFlushNeeded = false
    private var isChunked = false
    private var hasAnswerBegun = false
    private var isAnswerComplete = false
    private var isRequestComplete = false
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
        (hasAnswerBegun, isAnswerComplete, isRequestComplete) = (false, false, false)
    }

    /// The fields say how the body ends.
    func send(method: RequestMethod, path: String, query: String?, fields: [(String, String)], framing: BodyFraming) {
        parser.begin(isHead: method == .head)
        isChunked = framing == .chunked
        if out.capacity == 0 { out = ByteBufferAllocator().buffer(capacity: 1024) }
        let line = method.rawValue.utf8.count + path.utf8.count + (query?.utf8.count ?? 0) + 16
        out.writeHead(size: line + HeadBytes.size(of: fields)) { head in
            head.add(method.rawValue)
            head.add(" ")
            head.add(path)
            if let query {
                head.add("?")
                head.add(query)
            }
            head.add(" HTTP/1.1\r\n")
            for (name, value) in fields { head.field(name, value) }
            head.add("\r\n")
        }
    }

    func send(body: ByteBuffer) {
        guard body.readableBytes > 0 else { return }
        if isChunked { out.writeString(String(body.readableBytes, radix: 16) + "\r\n") }
        passOn()
        context?.write(wrapOutboundOut(body), promise: nil)
        isFlushNeeded = true
        if isChunked { out.writeStaticString("\r\n") }
    }

    func sendEnd() {
        guard !isRequestComplete else { return }
        isRequestComplete = true
        if isChunked { out.writeStaticString("0\r\n\r\n") }
    }

    func flush() {
        passOn()
        guard isFlushNeeded else { return }
        isFlushNeeded = false
        context?.flush()
    }

    private func passOn() {
        guard out.readableBytes > 0, let context else { return }
        let bytes = out
        out = ByteBuffer()
        context.write(wrapOutboundOut(bytes), promise: nil)
        isFlushNeeded = true
    }

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
        if isAnswerComplete, isRequestComplete, parser.isKeptAlive, input == nil, kind == .request, isOpen {
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
        guard receiver != nil else {
            // Nobody asked: whatever this is, the connection is not in step.
            context.close(promise: nil)
            return
        }
        var bytes = unwrapInboundIn(data)
        if var earlier = input {
            input = nil
            earlier.writeBuffer(&bytes)
            bytes = earlier
        }
        do throws(CoreAnswerParser.Malformed) {
            while let receiver, let event = try parser.next(&bytes) {
                switch event {
                case .head(let head):
                    hasAnswerBegun = true
                    receiver.upstreamHead(head)
                case .body(let part): receiver.upstreamBody(part)
                case .end:
                    isAnswerComplete = true
                    // More than was asked for: the connection is not used again.
                    if bytes.readableBytes > 0 { input = bytes }
                    return receiver.upstreamEnd()
                }
            }
        } catch {
            return fail(hasAnswerBegun ? .truncated : .malformed)
        }
        if receiver != nil, bytes.readableBytes > 0 { input = bytes }
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
        if parser.endsWithConnection, let receiver {
            self.receiver = nil
            receiver.upstreamEnd()
        } else {
            fail(hasAnswerBegun ? .truncated : .closedBeforeAnswer)
        }
        context.fireChannelInactive()
    }

    func errorCaught(context: ChannelHandlerContext, error: any Error) {
        fail(hasAnswerBegun ? .truncated : .closedBeforeAnswer)
    }

    private func fail(_ failure: UpstreamFailure) {
        let receiver = receiver
        self.receiver = nil
        close()
        receiver?.upstreamFailed(failure)
    }
}
