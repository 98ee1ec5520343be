import NIOCore
import NIOHTTP1

/// Writes answers and ends exchanges.
extension RequestHandler {
    /// Answers in the gateway's own name: at once, or at the end of the current read when a body is coming in.
    func answer(_ answer: Answer) {
        guard !exchange.hasAnswerBegun else { return }
        exchange.phase = .answering
        exchange.held = []
        if isInsideRead, hasUnreadBody { exchange.deferred = answer } else { write(answer) }
    }

    /// The current read has ended.
    func answerDeferred() {
        guard let answer = exchange.deferred else { return }
        exchange.deferred = nil
        write(answer)
    }

    func write(_ answer: Answer) {
        guard let context, !exchange.hasAnswerBegun else { return }
        exchange.hasAnswerBegun = true
        exchange.phase = .answering
        exchange.since = .now()
        if answer.closes || hasUnreadBody { exchange.mayContinue = false }
        exchange.log.outcome = answer.outcome
        exchange.log.reason = answer.reason
        if !answer.principal.isEmpty { exchange.log.principal = answer.principal }

        var fields = answer.fields
        if let type = answer.contentType { fields.append(("content-type", type)) }
        if answer.status != 304 { fields.append(("content-length", String(answer.body.readableBytes))) }
        fields.append(("cache-control", answer.cacheControl))
        fields.append(("date", loop.date))
        fields.append(("x-request-id", exchange.id))
        write(status: answer.status, fields: fields, hasPolicy: false, context)
        if !exchange.isHead, answer.body.readableBytes > 0 {
            exchange.log.bytes = answer.body.readableBytes
            write(body: answer.body, context)
        }
        finishAnswer(context)
    }

    /// The browser speaks https.
    /// Never on the plain side of a TLS port, whatever the address outside is (RFC 6797, section 7.2).
    var isSecure: Bool { connection.stage != .plain && (exchange.view?.isSecure ?? connection.isTLS) }

    /// Some of the request's body has not come yet.
    var hasUnreadBody: Bool { !exchange.isRequestComplete && (exchange.request?.framing.hasBody ?? true) }

    /// `hasPolicy`: the fields have a content policy of their own.
    func write(status: Int, fields: [(String, String)], hasPolicy: Bool, _ context: ChannelHandlerContext) {
        exchange.log.status = status
        var fields = fields
        if let origin = exchange.foreignOrigin { fields.append(contentsOf: ForeignOrigins.fields(for: origin)) }
        if loop.isDraining { exchange.mayContinue = false }
        if let gate {
            let security = loop.securityFields(hasPolicy: hasPolicy, isSecure: isSecure)
            return gate.writeHead(
                status: status, fields: fields, further: security, isHead: exchange.isHead, isHTTP10: exchange.isHTTP10,
                closes: !exchange.mayContinue)
        }
        SecurityFields.append(to: &fields, hasPolicy: hasPolicy, isSecure: isSecure)
        let head = HTTPResponseHead(
            version: .http2, status: HTTPResponseStatus(statusCode: status), headers: HTTPHeaders(fields))
        context.write(wrapOutboundOut(.head(head)), promise: nil)
    }

    func write(body bytes: ByteBuffer, _ context: ChannelHandlerContext) {
        if let gate { return gate.write(body: bytes) }
        context.write(wrapOutboundOut(.body(.byteBuffer(bytes))), promise: nil)
    }

    func flush() { if let gate { gate.flush() } else { context?.flush() } }

    func sendContinue() {
        guard let gate, !exchange.wasToldToContinue else { return }
        exchange.wasToldToContinue = true
        gate.writeContinue()
    }

    /// The last part of an answer: what comes next depends on the request.
    func finishAnswer(_ context: ChannelHandlerContext) {
        exchange.isAnswerComplete = true
        exchange.phase = .answering
        exchange.since = .now()
        if gate?.isLastRequest ?? false { exchange.mayContinue = false }
        generation &+= 1
        if let gate {
            gate.writeEnd()
            if exchange.mayContinue { gate.flush() } else { exchange.endWritten = gate.flushed() }
        } else if exchange.mayContinue {
            context.writeAndFlush(wrapOutboundOut(.end(nil)), promise: nil)
        } else {
            exchange.endWritten = context.writeAndFlush(wrapOutboundOut(.end(nil)))
        }
        record()
        nextRequestIfDone()
    }

    /// Takes the next request once both the request and its answer are complete, or ends the connection.
    func nextRequestIfDone() {
        guard exchange.isAnswerComplete, let context else { return }
        if exchange.isRequestComplete, exchange.mayContinue, !isHTTP2 {
            let now = exchange.since
            exchange = Exchange()
            exchange.since = now
            gate?.answerComplete()
            readIfWanted()
            return
        }
        if isHTTP2 {
            // A complete stream ends by itself; one with a body that nobody reads is reset.
            if hasUnreadBody { resetAfterWrites(context) }
        } else if !exchange.mayContinue {
            if hasUnreadBody {
                linger(context)
            } else if exchange.isRequestComplete {
                closeAfterWrites(exchange.endWritten)
            }
        }
    }

    private func resetAfterWrites(_ context: ChannelHandlerContext) {
        guard let endWritten = exchange.endWritten else { return close() }
        let bound = NIOLoopBound(context, eventLoop: context.eventLoop)
        endWritten.whenSuccess { bound.value.triggerUserOutboundEvent(StreamGate.EarlyEnd(), promise: nil) }
    }

    func closeAfterWrites(_ written: EventLoopFuture<Void>?) {
        gate?.close()
        guard let written else { return close() }
        let handler = NIOLoopBound(self, eventLoop: loop.eventLoop)
        written.whenComplete { _ in handler.value.close() }
    }

    /// Closing while bytes of the request are unread would reset the connection and take the answer with it. So only the
    /// sending side closes; what still comes is dropped, for a short time.
    private func linger(_ context: ChannelHandlerContext) {
        guard !exchange.isLingering else { return }
        exchange.isLingering = true
        gate?.close()
        let handler = NIOLoopBound(self, eventLoop: context.eventLoop)
        context.close(mode: .output).whenFailure { _ in handler.value.close() }
        readIfWanted()
    }

    /// The client is gone.
    func abandon() {
        generation &+= 1
        dropUpstream()
        if !exchange.isAnswerComplete {
            exchange.log.outcome = .aborted
            record()
        }
        exchange.phase = .idle
    }

    /// Counts and logs the exchange, once.
    private func record() {
        gateway.counters.count(exchange.log.outcome)
        loop.counts.count(
            RequestCounts.Key(
                route: RouteClass(exchange.path), method: exchange.log.method, status: exchange.log.status))
        exchange.log.microseconds = Int((NIODeadline.now() - exchange.started).nanoseconds / 1000)
        loop.accessLog.record(exchange.log)
        if exchange.isAction { recordAction() }
    }

    /// The answer is cut off: the client must see that it is not complete.
    func cutOff(_ outcome: Outcome, reason: String) {
        exchange.log.outcome = outcome
        exchange.log.reason = reason
        generation &+= 1
        dropUpstream()
        exchange.isAnswerComplete = true
        record()
        close()
    }
}
