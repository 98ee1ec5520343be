import Identity
import NIOCore
import NIOHTTP1

/// Forwards an admitted request to the core and streams the answer back.
extension RequestHandler: UpstreamReceiver {
    func forward(_ request: InspectedRequest, _ caller: Caller) {
        guard mayAct(request) else { return }
        exchange.phase = .forwarding
        exchange.since = .now()
        exchange.log.outcome = .forwarded
        if request.method == .get,
            exchange.path == "/live" || Navigation.acceptsEventStream(request.section.fields.accept)
        {
            guard beginStream(caller) else { return }
        }
        if let answer = nearAnswer(to: request, caller) { return pass(on: answer) }
        acquire(fresh: false)
    }

    /// What a core in this process answers at once.
    private func nearAnswer(to request: InspectedRequest, _ caller: Caller) -> NearAnswer? {
        guard let near = gateway.configuration.nearCore, request.method == .get || request.method == .head,
            request.framing == .none
        else { return nil }
        return near.answer(
            NearRequest(
                assertion: assertion(of: request, caller), query: request.query,
                acceptEncoding: request.section.fields.acceptEncoding, ifNoneMatch: request.section.fields.ifNoneMatch))
    }

    private func pass(on answer: NearAnswer) {
        var fields = answer.fields
        if answer.status != 304 { fields.append(("content-length", String(answer.body.count))) }
        upstreamHead(CoreAnswerHead(status: answer.status, fields: fields))
        if !answer.body.isEmpty { upstreamBody(ByteBuffer(bytes: answer.body)) }
        upstreamEnd()
    }

    private func acquire(fresh: Bool) {
        let kind: UpstreamConnection.Kind = exchange.isLiveStream ? .stream : .request
        let waiter = loop.pool.acquire(for: self, kind: kind, fresh: fresh)
        // Without a waiter the matter is settled, and perhaps over.
        if let waiter { exchange.waiter = waiter }
    }

    func upstreamReady(_ upstream: UpstreamConnection) {
        exchange.waiter = nil
        guard exchange.phase == .forwarding, let request = exchange.request, let caller = exchange.caller else {
            return upstream.release()
        }
        exchange.upstream = upstream
        exchange.since = .now()
        upstream.send(
            method: request.method, path: exchange.path, query: request.query, fields: fields(of: request, caller),
            framing: request.framing)
        for bytes in exchange.held where bytes.readableBytes > 0 { upstream.send(body: bytes) }
        exchange.held = []
        if exchange.isRequestComplete || !request.framing.hasBody { upstream.sendEnd() }
        if request.section.fields.expectsContinue { sendContinue() }
        // Inside a read the flush waits for its end: should the bytes turn out to be no HTTP, nothing was sent.
        if !isInsideRead { upstream.flush() }
        if !(context?.channel.isWritable ?? false) { upstream.pause() }
        readIfWanted()
    }

    private func fields(of request: InspectedRequest, _ caller: Caller) -> [(String, String)] {
        var fields = request.section.fields.forwarded
        fields.append(("host", "calyx-core"))
        fields.append((Self.assertionField, gateway.configuration.keys.sign(assertion(of: request, caller))))
        switch request.framing {
        case .none: if !request.method.isSafe { fields.append(("content-length", "0")) }
        case .length(let length): fields.append(("content-length", String(length)))
        case .chunked: fields.append(("transfer-encoding", "chunked"))
        }
        return fields
    }

    private func assertion(of request: InspectedRequest, _ caller: Caller) -> RequestAssertion {
        RequestAssertion(
            principal: caller.principal, method: request.method.rawValue, path: exchange.path,
            prefix: gateway.configuration.prefix.value, csrfToken: caller.csrfToken, requestID: exchange.id,
            expires: WallClock.seconds() + Self.assertionLifetime)
    }

    private static let assertionField = RequestAssertion.fieldName.lowercased()
    /// Seconds; ample for two processes with the same clock.
    private static let assertionLifetime: Int64 = 30

    // MARK: The answer

    func upstreamHead(_ head: CoreAnswerHead) {
        guard let context else { return }
        let isStatic = exchange.path.utf8.starts(with: "/static/".utf8)
        let core = CoreFields(
            head.fields, prefix: gateway.configuration.prefix.value, keepsCaching: isStatic)
        exchange.auditNote = core.auditNote
        var fields = core.fields
        if core.isEventStream {
            if !exchange.isLiveStream, let caller = exchange.caller, !beginStream(caller) { return }
            fields.append(("x-accel-buffering", "no"))
        }
        exchange.hasAnswerBegun = true
        exchange.since = .now()
        if hasUnreadBody || exchange.isHTTP10 { exchange.mayContinue = false }
        if !isStatic { fields.append(("cache-control", "no-store")) }
        fields.append(("x-request-id", exchange.id))
        write(status: head.status, fields: fields, hasPolicy: core.hasPolicy, context)
    }

    func upstreamBody(_ bytes: ByteBuffer) {
        guard let context, exchange.hasAnswerBegun, !exchange.isHead else { return }
        exchange.log.bytes += bytes.readableBytes
        exchange.since = .now()
        if exchange.isLiveStream { exchange.noteEventBoundary(bytes) }
        write(body: bytes, context)
        if exchange.endsSince != nil, exchange.isAtEventBoundary { endStream() }
    }

    func upstreamEnd() {
        guard let context else { return }
        let upstream = exchange.upstream
        exchange.upstream = nil
        upstream?.release()
        endStreamCount()
        finishAnswer(context)
    }

    func upstreamReadComplete() { flush() }

    func upstreamWritabilityChanged() { readIfWanted() }

    func upstreamFailed(_ failure: UpstreamFailure) {
        let reused = exchange.upstream?.isReused ?? false
        exchange.upstream = nil
        exchange.waiter = nil
        guard exchange.phase == .forwarding, let request = exchange.request else { return }
        guard !exchange.hasAnswerBegun else { return cutOff(.coreFailed, reason: "core_truncated") }
        if failure == .closedBeforeAnswer, reused, request.method.isSafe, !request.framing.hasBody,
            !exchange.wasRetried
        {
            // The core closed an idle connection just as it was used (RFC 9110, section 9.2.2).
            exchange.wasRetried = true
            return acquire(fresh: true)
        }
        let (status, reason) = failure == .overloaded ? (503, "core_overloaded") : (502, "core_\(failure)")
        coreFailed(status, reason: reason)
    }

    func coreFailed(_ status: Int, reason: String) {
        endStreamCount()
        dropUpstream()
        let detail =
            switch status {
            case 503: "Too many requests wait for the monitor. Try again soon."
            case 504: "The monitor did not answer in time."
            default: "The monitor cannot be reached at the moment. Try again soon."
            }
        let isNavigation = exchange.request.map { Navigation.acceptsHTML($0.section.fields.accept) } ?? false
        answer(
            gateway.errors.failure(
                status, detail: detail, outcome: .coreFailed, isNavigation: isNavigation, reason: reason))
    }

    /// Gives up on the core, if it was asked at all.
    func dropUpstream() {
        exchange.waiter?.cancel()
        exchange.waiter = nil
        let upstream = exchange.upstream
        exchange.upstream = nil
        upstream?.release()
        endStreamCount()
    }

    // MARK: Live streams

    private func beginStream(_ caller: Caller) -> Bool {
        let key = LiveStreams.Key(caller.principal)
        guard gateway.streams.admit(key) else {
            gateway.counters.hit(.streamsPerUser)
            dropUpstream()
            answer(
                gateway.errors.failure(
                    429, detail: "Too many live streams are open. Close some pages.", outcome: .throttled,
                    isNavigation: false, reason: "streams"))
            return false
        }
        exchange.isLiveStream = true
        exchange.streamKey = key
        exchange.streamStarted = .now()
        exchange.lastRecheck = exchange.streamStarted
        gateway.counters.streamOpened()
        return true
    }

    private func endStreamCount() {
        guard let key = exchange.streamKey else { return }
        exchange.streamKey = nil
        gateway.streams.left(key)
        gateway.counters.streamClosed()
    }

    /// The stream ends, and the browser is told to come back soon: at once between two events, else after the one that is
    /// being written, unless that does not come to its end.
    func endStream() {
        guard let context, exchange.hasAnswerBegun, !exchange.isAnswerComplete else { return close() }
        guard exchange.isAtEventBoundary || exchange.endsSince != nil else {
            exchange.endsSince = .now()
            return
        }
        dropUpstream()
        if exchange.isAtEventBoundary {
            let hint = ByteBuffer(string: "retry: 2000\n\n")
            write(body: hint, context)
        }
        finishAnswer(context)
    }
}
