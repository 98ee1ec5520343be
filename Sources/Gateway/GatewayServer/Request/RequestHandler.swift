import Identity
import NIOCore
import NIOHTTP1

/// Serves the requests of an HTTP/1.1 connection one after another, or the one of an HTTP/2 stream: guard, prefix, own
/// page or identity, admission, forwarding. The steps that decide stand in `RequestHandler+Decide`, those that answer in
/// `+Answer`, those that forward in `+Forward`.
final class RequestHandler: ChannelDuplexHandler {
    typealias InboundIn = HTTPServerRequestPart
    typealias OutboundIn = HTTPServerResponsePart
    typealias OutboundOut = HTTPServerResponsePart

    let connection: EdgeConnection
    let loop: EdgeLoop
    let gateway: Gateway
    /// Nil on an HTTP/2 stream.
    let gate: FramingGate?
    var context: ChannelHandlerContext?
    var exchange = Exchange()
    /// Told apart by it, results of work for an earlier request are dropped.
    var generation: UInt64 = 0
    /// What the fields of the connection's last request say; nil when those of the current one are others.
    var known: KnownFields?
    /// The current read has not ended yet.
    private(set) var isInsideRead = false
    private var isReadWanted = false
    private var isClosing = false

    init(connection: EdgeConnection, gate: FramingGate?) {
        self.connection = connection
        self.gate = gate
        loop = connection.loop
        gateway = connection.loop.gateway
    }

    var isHTTP2: Bool { gate == nil }

    func handlerAdded(context: ChannelHandlerContext) {
        self.context = context
        exchange.since = .now()
        loop.add(self)
    }

    func handlerRemoved(context: ChannelHandlerContext) {
        loop.remove(self)
        self.context = nil
    }

    // MARK: Requests

    func channelRead(context: ChannelHandlerContext, data: NIOAny) {
        switch unwrapInboundIn(data) {
        case .head(let head): requestHead(head, repeatsFields: false)
        case .body(let bytes): requestBody(bytes)
        case .end(let trailers): requestEnd(trailers: trailers.map { $0.map(\.name) } ?? [])
        }
    }

    func channelReadComplete(context: ChannelHandlerContext) {
        isInsideRead = false
        answerDeferred()
        exchange.upstream?.flush()
        context.fireChannelReadComplete()
    }

    private func begin(_ head: HTTPRequestHead) {
        isInsideRead = true
        exchange.start(id: loop.nextRequestID())
        exchange.mayContinue = connection.countRequest()
        exchange.log.isHTTP2 = isHTTP2
        exchange.log.requestID = exchange.id
        exchange.log.client = connection.peer.text
        exchange.isHead = head.method == .HEAD
        exchange.isHTTP10 = head.version == .http1_0
        if let method = RequestMethod(head.method) { exchange.log.method = method.rawValue }
        let request: InspectedRequest
        do throws(Refusal) {
            request = try gateway.requestGuard.inspect(head, repeated: known?.section)
        } catch {
            exchange.mayContinue = false
            // The rest of a refused message is dropped below the decoder, unless its end is certain.
            exchange.isRequestComplete = isHTTP2
            if let limit = Limit(status: error.status) { gateway.counters.hit(limit) }
            answer(gateway.errors.refused(error))
            return
        }
        gate?.expect(request.framing)
        if request.closesConnection { exchange.mayContinue = false }
        exchange.log.path = request.path.value
        exchange.request = request
        decide(request)
    }

    private func receive(_ bytes: ByteBuffer) {
        exchange.bodyReceived += bytes.readableBytes
        if exchange.bodyReceived > gateway.limits.requestBodySize { return bodyTooLarge() }
        switch exchange.phase {
        case .idle, .answering: return
        case .deciding: exchange.held.append(bytes)
        case .collecting: collect(bytes)
        case .forwarding:
            if let upstream = exchange.upstream { upstream.send(body: bytes) } else { exchange.held.append(bytes) }
        }
    }

    private func receiveEnd(_ trailers: [String]) {
        // RFC 9110, section 6.5.1: trailers are dropped; some fields have no business among them.
        if trailers.contains(where: Self.isForbiddenTrailer) { return framingFailed(nil) }
        exchange.isRequestComplete = true
        switch exchange.phase {
        case .idle, .deciding: break
        case .collecting: collected()
        case .forwarding: exchange.upstream?.sendEnd()
        case .answering: nextRequestIfDone()
        }
    }

    /// Framing, routing, credentials, and what could pass for the gateway's own word: among trailers these are an attack.
    static func isForbiddenTrailer(_ name: String) -> Bool {
        let name = name.lowercased()
        return forbiddenTrailers.contains(name)
            || ["calyx-", "x-calyx-", "x-forwarded-"].contains(where: name.hasPrefix)
    }

    private static let forbiddenTrailers: Set<String> = [
        "authorization", "connection", "content-length", "content-type", "cookie", "expect", "forwarded", "host",
        "origin",
        "proxy-authorization", "te", "trailer", "transfer-encoding", "upgrade",
    ]

    // MARK: Back-pressure

    /// Reads from the client are held back while nobody takes what they bring.
    private var takesBody: Bool {
        switch exchange.phase {
        case .idle, .collecting, .answering: true
        // The gate bounds what follows a complete request.
        case .deciding: exchange.isRequestComplete
        case .forwarding: exchange.isRequestComplete || exchange.upstream?.isWritable ?? false
        }
    }

    func read(context: ChannelHandlerContext) {
        if takesBody { context.read() } else { isReadWanted = true }
    }

    func readIfWanted() {
        guard isReadWanted, takesBody else { return }
        isReadWanted = false
        context?.read()
    }

    func channelWritabilityChanged(context: ChannelHandlerContext) {
        if context.channel.isWritable {
            exchange.stalledSince = nil
            exchange.upstream?.resume()
        } else {
            exchange.stalledSince = .now()
            exchange.upstream?.pause()
        }
        context.fireChannelWritabilityChanged()
    }

    // MARK: Endings

    func channelInactive(context: ChannelHandlerContext) {
        if exchange.phase != .idle { abandon() }
        context.fireChannelInactive()
    }

    func errorCaught(context: ChannelHandlerContext, error: any Error) {
        close()
    }

    /// No sense can be made of what the client sends: answers 400 when nothing was answered yet, and closes.
    private func framingFailed(_ error: FramingError?) {
        gate?.close()
        if exchange.phase == .idle {
            exchange.start(id: loop.nextRequestID())
            exchange.log.requestID = exchange.id
            exchange.log.client = connection.peer.text
        }
        exchange.mayContinue = false
        dropUpstream()
        guard !exchange.hasAnswerBegun else { return close() }
        exchange.deferred = nil
        if let limit = (error?.status).flatMap(Limit.init(status:)) { gateway.counters.hit(limit) }
        write(gateway.errors.framing(error))
    }

    private func bodyTooLarge() {
        gateway.counters.hit(.bodySize)
        exchange.mayContinue = false
        dropUpstream()
        guard !exchange.hasAnswerBegun else { return close() }
        exchange.deferred = nil
        let limit = gateway.limits.requestBodySize
        answer(gateway.errors.refused(Refusal(413, .tooLarge, "The body is longer than \(limit) bytes.")))
    }

    /// The server is stopping.
    func drain() {
        exchange.mayContinue = false
        if exchange.phase == .idle, !isHTTP2, connection.requests > 0,
            .now() - exchange.since > .seconds(Int64(Self.drainingIdleTime))
        {
            return close()
        }
        if exchange.isLiveStream { endStream() }
    }

    func close() {
        guard !isClosing else { return }
        isClosing = true
        gate?.close()
        context?.close(promise: nil)
    }
}

extension RequestHandler: RequestReceiver {
    func requestHead(_ head: HTTPRequestHead, repeatsFields: Bool) {
        guard exchange.phase == .idle else { return close() }
        if !repeatsFields { known = nil }
        begin(head)
    }

    func requestBody(_ bytes: ByteBuffer) {
        isInsideRead = true
        receive(bytes)
    }

    func requestEnd(trailers: [String]) {
        isInsideRead = true
        receiveEnd(trailers)
    }

    func requestFailed(_ error: FramingError) { framingFailed(error) }

    func requestsEnded(isAnswering: Bool) {
        // Of a stream nobody would ever hear again that its reader is gone.
        if isAnswering, !exchange.isLiveStream { return }
        if exchange.phase == .idle { closeAfterWrites(gate?.flushed()) } else { close() }
    }
}
