internal import FlowerAPI
internal import Identity
internal import Logging
import NIOCore
import NIOHTTP1
internal import WebPages

/// What live streams need beside their connections.
struct LiveService: Sendable {
    let gate: AssertionGate
    let pages: WebPages
    let ticker: LiveTicker
}

/// Serves `GET /live?page=<path?query>`: what changes on that page, as server-sent events, on a connection of its own.
///
/// Thousands of streams are open and idle for hours. A suspended task would keep some 30 KB of stack for each; a handler and
/// the page's last state are all that is kept here.
final class LiveStreamHandler: ChannelDuplexHandler {
    typealias InboundIn = HTTPServerRequestPart
    typealias OutboundIn = HTTPServerResponsePart
    typealias OutboundOut = HTTPServerResponsePart

    private enum Phase { case waiting, opening, open, ended }

    private let service: LiveService
    private var phase = Phase.waiting
    private var ticket: LiveTicker.Ticket?

    init(_ service: LiveService) { self.service = service }

    func channelRead(context: ChannelHandlerContext, data: NIOAny) {
        guard case .head(let head) = unwrapInboundIn(data) else { return }
        guard phase == .waiting else {
            context.close(promise: nil)
            return
        }
        phase = .opening
        let target = RequestTarget(head.uri)
        switch service.gate.decide(
            method: head.method.rawValue, path: target.path, field: head.headers.first(name: RequestAssertion.fieldName)
        )
        {
        case .unauthenticated:
            refuse(context, 401, "Unauthorized", "This listener answers the Calyx gateway only.")
        case .forbidden(let assertion, let denial):
            refuse(context, 403, "Forbidden", denial.sentence(for: assertion.principal))
        case .admitted(let assertion): open(context, target, assertion)
        }
    }

    private func open(_ context: ChannelHandlerContext, _ target: RequestTarget, _ assertion: RequestAssertion) {
        guard let watched = PageRequest(watchedBy: target, assertion) else { return refuseNothing(context) }
        let pages = service.pages
        let pace: LiveTicker.Pace = watched.path.hasPrefix("/task/") ? .task : .page
        let bound = NIOLoopBound((self, context), eventLoop: context.eventLoop)
        let eventLoop = context.eventLoop
        Task {
            let view = await pages.liveView(for: watched)
            eventLoop.execute {
                let (handler, context) = bound.value
                guard handler.phase == .opening else { return }
                guard let view else { return handler.refuseNothing(context) }
                handler.begin(context, LiveStream(view, on: context.channel), assertion.principal, pace)
            }
        }
    }

    private func begin(
        _ context: ChannelHandlerContext, _ stream: LiveStream, _ principal: Principal, _ pace: LiveTicker.Pace
    ) {
        phase = .open
        var head = HTTPResponseHead(version: .http1_1, status: .ok)
        for (name, value) in [
            ("Content-Type", "text/event-stream"), ("Cache-Control", "no-store"), ("X-Content-Type-Options", "nosniff"),
            ("X-Accel-Buffering", "no"),
        ] { head.headers.add(name: name, value: value) }
        // The head goes first: the ticker may send at once.
        guard let ticket = service.ticker.subscribe(principal, pace, stream) else {
            return refuse(
                context, 503, "Service Unavailable", "There are too many live streams.", [("Retry-After", "5")])
        }
        self.ticket = ticket
        context.write(wrapOutboundOut(.head(head)), promise: nil)
        send("retry: 2000\n\n", context)
    }

    private func send(_ text: String, _ context: ChannelHandlerContext) {
        context.writeAndFlush(wrapOutboundOut(.body(.byteBuffer(ByteBuffer(string: text)))), promise: nil)
    }

    /// From the stream; what comes too late is dropped.
    func write(context: ChannelHandlerContext, data: NIOAny, promise: EventLoopPromise<Void>?) {
        guard phase == .open else {
            promise?.fail(ChannelError.ioOnClosedChannel)
            return
        }
        context.write(data, promise: promise)
    }

    private func refuseNothing(_ context: ChannelHandlerContext) {
        refuse(context, 404, "Not Found", "The parameter page names nothing that changes live.")
    }

    private func refuse(
        _ context: ChannelHandlerContext, _ status: Int, _ title: String, _ detail: String,
        _ fields: [(String, String)] = []
    ) {
        phase = .ended
        let answer = WholeAnswer(
            .problem(status, title: title, detail: detail, headers: fields), isRead: true, acceptEncoding: nil,
            ifNoneMatch: nil)
        var head = HTTPResponseHead(version: .http1_1, status: HTTPResponseStatus(statusCode: status))
        for (name, value) in answer.fields { head.headers.add(name: name, value: value) }
        head.headers.add(name: "Content-Length", value: String(answer.body.count))
        head.headers.add(name: "Connection", value: "close")
        context.write(wrapOutboundOut(.head(head)), promise: nil)
        context.write(wrapOutboundOut(.body(.byteBuffer(ByteBuffer(bytes: answer.body)))), promise: nil)
        end(context)
    }

    private func end(_ context: ChannelHandlerContext) {
        phase = .ended
        ticket = nil
        let bound = NIOLoopBound(context, eventLoop: context.eventLoop)
        context.writeAndFlush(wrapOutboundOut(.end(nil))).whenComplete { _ in bound.value.close(promise: nil) }
    }

    func userInboundEventTriggered(context: ChannelHandlerContext, event: Any) {
        switch event {
        case is ChannelShouldQuiesceEvent:
            guard phase == .open else { return context.close(promise: nil) }
            // The stream ends on our side: whoever still listens comes back soon.
            send("retry: 500\n\n", context)
            end(context)
        case ChannelEvent.inputClosed as ChannelEvent: context.close(promise: nil)
        default: context.fireUserInboundEventTriggered(event)
        }
    }

    func channelInactive(context: ChannelHandlerContext) {
        phase = .ended
        ticket = nil
        context.fireChannelInactive()
    }

    func errorCaught(context: ChannelHandlerContext, error: any Error) { context.close(promise: nil) }
}

extension PageRequest {
    /// The page that a `/live` request names, asked for by the same person.
    fileprivate init?(watchedBy target: RequestTarget, _ assertion: RequestAssertion) {
        guard let named = target.query?.last(where: { $0.name == "page" })?.value, named.hasPrefix("/") else {
            return nil
        }
        let page = RequestTarget(String(named.prefix { $0 != "#" }))
        guard let query = page.query else { return nil }
        self.init(
            path: page.path, query: query, principal: assertion.principal, prefix: assertion.prefix,
            csrfToken: assertion.csrfToken, requestID: assertion.requestID)
    }
}
