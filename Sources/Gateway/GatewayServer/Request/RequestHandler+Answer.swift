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
        SecurityFields.append(to: &fields, hasPolicy: false, isSecure: isSecure)
        write(status: answer.status, fields: fields, context)
        if !exchange.isHead, answer.body.readableBytes > 0 {
            exchange.log.bytes = answer.body.readableBytes
            context.write(wrapOutboundOut(.body(.byteBuffer(answer.body))), promise: nil)
        }
        finishAnswer(context)
    }

    /// The browser speaks https.
    /// Never on the plain side of a TLS port, whatever the address outside is (RFC 6797, section 7.2).
    var isSecure: Bool { connection.stage != .plain && (exchange.view?.isSecure ?? connection.isTLS) }

    /// Some of the request's body has not come yet.
    var hasUnreadBody: Bool { !exchange.isRequestComplete && (exchange.request?.framing.hasBody ?? true) }

    func write(status: Int, fields: [(String, String)], _ context: ChannelHandlerContext) {
        exchange.log.status = status
        var fields = fields
        if let origin = exchange.foreignOrigin { fields.append(contentsOf: ForeignOrigins.fields(for: origin)) }
        if loop.isDraining { exchange.mayContinue = false }
        if !isHTTP2, !exchange.mayContinue { fields.append(("connection", "close")) }
        let version: HTTPVersion = exchange.isHTTP10 ? .http1_0 : .http1_1
        let head = HTTPResponseHead(
            version: version, status: HTTPResponseStatus(statusCode: status), headers: HTTPHeaders(fields))
        context.write(wrapOutboundOut(.head(head)), promise: nil)
    }

    func sendContinue() {
        guard let context, !isHTTP2 else { return }
        exchange.request?.fields.expectsContinue = false
        let head = HTTPResponseHead(version: .http1_1, status: .continue)
        context.writeAndFlush(wrapOutboundOut(.head(head)), promise: nil)
    }

    /// The last part of an answer: what comes next depends on the request.
    func finishAnswer(_ context: ChannelHandlerContext) {
        exchange.isAnswerComplete = true
        exchange.phase = .answering
        exchange.since = .now()
        generation &+= 1
        let end = wrapOutboundOut(.end(nil))
        if exchange.mayContinue {
            context.writeAndFlush(end, promise: nil)
        } else {
            exchange.endWritten = context.writeAndFlush(end)
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
            if hasUnreadBody { linger(context) } else if exchange.isRequestComplete { closeAfterWrites(context) }
        }
    }

    private func resetAfterWrites(_ context: ChannelHandlerContext) {
        guard let endWritten = exchange.endWritten else { return close() }
        let bound = NIOLoopBound(context, eventLoop: context.eventLoop)
        endWritten.whenSuccess { bound.value.triggerUserOutboundEvent(StreamGate.EarlyEnd(), promise: nil) }
    }

    private func closeAfterWrites(_ context: ChannelHandlerContext) {
        gate?.close()
        guard let endWritten = exchange.endWritten else { return close() }
        let handler = NIOLoopBound(self, eventLoop: context.eventLoop)
        endWritten.whenComplete { _ in handler.value.close() }
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
        gateway.accessLog.record(exchange.log)
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
