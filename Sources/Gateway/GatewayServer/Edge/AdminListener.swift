import Glibc
import NIOCore
import NIOHTTP1
import NIOPosix

/// The gateway's own open listener for probes and scrapers: `/livez`, `/readyz`, `/metrics`. Ready means that the core
/// can be reached.
enum AdminListener {
    /// Nil when none is configured. Throws `GatewayStartError` when the place is taken.
    static func bind(
        _ place: (host: String, port: Int)?, core: CoreConnector, group: any EventLoopGroup,
        metrics: @escaping @Sendable () -> [UInt8]
    ) async throws -> (any Channel)? {
        guard let place else { return nil }
        do {
            return try await ServerBootstrap(group: group)
                .serverChannelOption(.socketOption(.so_reuseaddr), value: 1)
                .childChannelInitializer { channel in
                    channel.eventLoop.makeCompletedFuture {
                        let pipeline = channel.pipeline.syncOperations
                        try pipeline.addHandler(IdleStateHandler(allTimeout: .seconds(30)))
                        try pipeline.configureHTTPServerPipeline(withErrorHandling: true)
                        try pipeline.addHandler(AdminHandler(core: core, metrics: metrics))
                    }
                }
                .bind(host: place.host, port: place.port).get()
        } catch {
            let reason = (error as? IOError).map { String(cString: strerror($0.errnoCode)) } ?? "\(error)"
            throw GatewayStartError("admin_address: \(place.host), port \(place.port), cannot be bound (\(reason))")
        }
    }
}

private final class AdminHandler: ChannelInboundHandler {
    typealias InboundIn = HTTPServerRequestPart
    typealias OutboundOut = HTTPServerResponsePart

    private let core: CoreConnector
    private let metrics: @Sendable () -> [UInt8]
    private var head: HTTPRequestHead?

    init(core: CoreConnector, metrics: @escaping @Sendable () -> [UInt8]) {
        self.core = core
        self.metrics = metrics
    }

    func channelRead(context: ChannelHandlerContext, data: NIOAny) {
        switch unwrapInboundIn(data) {
        case .head(let head): self.head = head
        case .body: break
        case .end: if let head { answer(head, context) }
        }
    }

    func userInboundEventTriggered(context: ChannelHandlerContext, event: Any) {
        if event is IdleStateHandler.IdleStateEvent { context.close(promise: nil) }
        context.fireUserInboundEventTriggered(event)
    }

    func errorCaught(context: ChannelHandlerContext, error: any Error) { context.close(promise: nil) }

    private func answer(_ head: HTTPRequestHead, _ context: ChannelHandlerContext) {
        // A web page that had its own name point to this machine would send that name.
        guard Self.isAddress(head.headers["host"]) else {
            return write(.misdirectedRequest, "This listener is addressed as localhost.\n", head, context)
        }
        guard head.method == .GET || head.method == .HEAD else {
            return write(.methodNotAllowed, "GET only.\n", head, context)
        }
        switch head.uri.prefix(while: { $0 != "?" }) {
        case "/livez": write(.ok, "OK", head, context)
        case "/metrics": write(.ok, String(decoding: metrics(), as: UTF8.self), head, context)
        case "/readyz": probe(head, context)
        default: write(.notFound, "There are /livez, /readyz and /metrics here.\n", head, context)
        }
    }

    private func probe(_ head: HTTPRequestHead, _ context: ChannelHandlerContext) {
        let connected = core.connect(on: context.eventLoop, timeout: .seconds(1)) { _ in }
        let bound = NIOLoopBound((handler: self, context: context), eventLoop: context.eventLoop)
        connected.whenComplete { result in
            let (handler, context) = bound.value
            switch result {
            case .success(let channel):
                channel.close(promise: nil)
                handler.write(.ok, "{\"ready\":true}\n", head, context)
            case .failure:
                handler.write(
                    .serviceUnavailable, "{\"ready\":false,\"reason\":\"the core cannot be reached\"}\n", head, context)
            }
        }
    }

    private func write(
        _ status: HTTPResponseStatus, _ text: String, _ request: HTTPRequestHead, _ context: ChannelHandlerContext
    ) {
        let isJSON = text.utf8.first == UInt8(ascii: "{")
        let kind = isJSON ? "application/json" : "text/plain; version=0.0.4; charset=utf-8"
        let fields: HTTPHeaders = [
            "content-type": kind, "content-length": String(text.utf8.count), "cache-control": "no-store",
            "x-content-type-options": "nosniff", "connection": request.isKeepAlive ? "keep-alive" : "close",
        ]
        context.write(wrapOutboundOut(.head(.init(version: .http1_1, status: status, headers: fields))), promise: nil)
        if request.method != .HEAD {
            context.write(wrapOutboundOut(.body(.byteBuffer(ByteBuffer(string: text)))), promise: nil)
        }
        let end = context.writeAndFlush(wrapOutboundOut(.end(nil)))
        guard !request.isKeepAlive else { return }
        let bound = NIOLoopBound(context, eventLoop: context.eventLoop)
        end.whenComplete { _ in bound.value.close(promise: nil) }
    }

    /// Whether `Host` names the machine by an address, or as localhost.
    private static func isAddress(_ hosts: [String]) -> Bool {
        guard hosts.count == 1, let host = HostField(hosts[0]) else { return false }
        return host.host == "localhost" || host.host.hasPrefix("[") || IPAddress(host.host) != nil
    }
}
